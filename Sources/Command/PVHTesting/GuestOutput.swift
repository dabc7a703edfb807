// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// A stream of a guest's run, as far as it has been read.
struct GuestOutput {
  let descriptor: FileDescriptor
  private(set) var hasEnded = false
  private var bytes: [UInt8] = []
  /// Where the line begins that nobody has taken.
  private var taken = 0

  init(_ descriptor: FileDescriptor) { self.descriptor = descriptor }

  /// All of it.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Takes what has come.
  mutating func read() {
    while !hasEnded {
      guard let more = descriptor.readAvailable(limit: 1 << 16) else {
        hasEnded = true
        return
      }
      if more.isEmpty { return }
      bytes += more
    }
  }

  /// The next line, without its end; at the end of the stream, what is left. Nil if there is none yet.
  mutating func takeLine() -> String? {
    let rest = bytes[taken...]
    let newline = rest.firstIndex(of: UInt8(ascii: "\n"))
    guard let end = newline ?? (hasEnded && !rest.isEmpty ? rest.endIndex : nil) else { return nil }
    taken = newline.map { $0 + 1 } ?? end
    var line = rest[..<end]
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return String(decoding: line, as: UTF8.self)
  }
}
