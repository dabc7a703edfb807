// SPDX-License-Identifier: Apache-2.0

import Testing
import XenToolstack

/// Texts that are no configurations: never a crash of libxlutil, always a message.
@Suite struct HostileConfigurations {
  private static let whole = """
    name = "web" # a comment
    type = "pvh"; memory = 16
    cmdline = "a \\"b\\""
    extra = 'c'
    extra += 'd'
    vif = [ # none
    ]
    kernel = "web.pvh"
    """

  @Test func isAConfiguration() throws {
    _ = try XLConfiguration(parsing: Array(Self.whole.utf8), file: "x.cfg")
  }

  @Test(arguments: 0..<whole.utf8.count)
  func isRefusedWhereverItIsCut(count: Int) {
    expectRefusal(Array(Self.whole.utf8.prefix(count)))
  }

  @Test(arguments: 0..<whole.utf8.count)
  func isRefusedWithANULAnywhere(place: Int) {
    var text = Array(Self.whole.utf8)
    text[place] = 0
    expectRefusal(text, "NUL byte at offset \(place)")
  }

  @Test func syntaxErrorsHaveTheirLine() {
    let error = expectRefusal(Array("type = \"pvh\"\nkernel = \n".utf8))
    #expect(error?.log.first?.hasPrefix("x.cfg:2: config parsing error") == true)
  }

  @Test func lineEndsOfWindowsAreNamed() {
    expectRefusal(Array("type = \"pvh\"\r\nkernel = \"k\"\r\n".utf8), "carriage returns")
  }

  @Test func strangeBytesAreRefused() {
    expectRefusal(Array(repeating: 0xff, count: 100))
    expectRefusal([0x1f, 0x8b, 8, 1, 2, 3])
    expectRefusal(
      Array("type = \"pvh\"\nkernel = \"".utf8) + [0xff] + Array("\"\n".utf8),
      "x.cfg:2: kernel is not UTF-8")
  }

  @Test func longTextsAreRefused() {
    let line = [UInt8](repeating: UInt8(ascii: "a"), count: 10 << 20)
    expectRefusal(line, "x.cfg has 10485760 bytes: a configuration has at most 65536")
    expectRefusal(Array(line.prefix(65536)))
  }

  @Test func deepListsAreRefused() {
    expectRefusal(Array("x = ".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 60_000))
  }

  @Test func manySettingsAreRefusedInTime() {
    let text = (0..<6000).map { "a\($0) = 1\n" }.joined()
    expectRefusal(Array((XLConfigurations.least + text).utf8), "x.cfg:3: a0 is not a setting")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func mixedUpPiecesAreSurvived(seed: UInt64) {
    let pieces = [
      "x", "=", "+=", " ", "\n", ";", "\"", "'", "\\", "[", "]", ",", "1", "\"a\"", "#", "\\x4",
      "\\12",
      "type=\"pvh\"\n", "kernel=\"k\"\n", "memory=", "memory+=\"1\"\n", "disk+=[1]\n", "disk=[]\n",
      "é", "\u{7f}", "\r",
    ]
    var state = seed
    func next(_ limit: Int) -> Int {
      // Knuth's MMIX generator.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(limit))
    }
    for _ in 0..<5000 {
      let text = (0..<next(12)).map { _ in pieces[next(pieces.count)] }.joined()
      do throws(ToolstackError) {
        _ = try XLConfiguration(parsing: Array(text.utf8), file: "x.cfg")
      } catch {
        #expect(error.kind == .badConfiguration && !error.message.isEmpty, "seed \(seed): \(text)")
      }
    }
  }

  @discardableResult
  private func expectRefusal(_ text: [UInt8], _ words: String = "x.cfg") -> ToolstackError? {
    let error = #expect(throws: ToolstackError.self) {
      _ = try XLConfiguration(parsing: text, file: "x.cfg")
    }
    #expect(error?.kind == .badConfiguration)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "no error")")
    return error
  }
}
