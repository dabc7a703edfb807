// SPDX-License-Identifier: Apache-2.0

import CGuestText
import Foundation
import Testing

/// What the guest has in place of a C library's text functions, against the host's own.
@Suite struct TextFunctions {
  @Test func formatsLikeTheHost() {
    same("plain", [])
    same("%d %i %u", [Int32(-5), Int32(7), UInt32.max])
    same("%ld %lu %zu", [Int.min, UInt.max, 12])
    same("%x %lx", [UInt32(0xdead), UInt(0xfeed_face_cafe)])
    same("%c%% of %d", [Int32(65), Int32(100)])
    same("%p", [0x1234])
    "one".withCString { one in "two".withCString { two in same("%s and %s", [one, two]) } }
  }

  @Test(arguments: 0...8)
  func neverWritesPastTheBuffer(size: Int) {
    let ours = formatted(size, "%d-%ld", [Int32(1234), 5678], guest_vsnprintf)
    let hosts = formatted(size, "%d-%ld", [Int32(1234), 5678], vsnprintf)
    #expect(ours == hosts)
  }

  @Test func aFormatThatEndsInTheMiddleEndsThere() {
    #expect(formatted(64, "50%", [], guest_vsnprintf).text == "50")
    #expect(formatted(64, "50%l", [], guest_vsnprintf).text == "50")
  }

  @Test(arguments: ["", "a", "abc", "abcdefgh"])
  func copiesAndMeasuresLikeTheHost(text: String) {
    #expect(guest_strlen(text) == text.utf8.count)
    var ours = [CChar](repeating: 1, count: 6)
    var hosts = ours
    guest_strncpy(&ours, text, 5)
    strncpy(&hosts, text, 5)
    #expect(ours == hosts)
  }

  @Test(arguments: [0, 0.1, 1, 1.5, -1.5, -0.5, 1e18, -1e300, .infinity])
  func roundsUpLikeTheHost(value: Double) {
    #expect(guest_ceil(value) == ceil(value))
  }

  private func same(_ format: String, _ arguments: [any CVarArg]) {
    let ours = formatted(64, format, arguments, guest_vsnprintf)
    #expect(ours == formatted(64, format, arguments, vsnprintf), "\(format)")
  }

  private struct Outcome: Equatable {
    var text: String
    var count: Int32
    /// What lies behind the buffer.
    var rest: [CChar]
  }

  private func formatted(
    _ size: Int, _ format: String, _ arguments: [any CVarArg],
    _ function: (UnsafeMutablePointer<CChar>, Int, UnsafePointer<CChar>, CVaListPointer) -> Int32
  ) -> Outcome {
    var buffer = [CChar](repeating: 9, count: 80)
    let count = withVaList(arguments) { function(&buffer, size, format, $0) }
    let text = String(
      decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return Outcome(text: size == 0 ? "" : text, count: count, rest: Array(buffer[size...]))
  }
}
