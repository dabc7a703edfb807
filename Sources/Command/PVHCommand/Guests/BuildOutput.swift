// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// What a build writes, on its way to standard error.
struct BuildOutput {
  /// The line that has not ended.
  private var line: [UInt8] = []
  private(set) var advice: [String] = []
  /// Whether the last line on the terminal is one of progress, which the next line replaces.
  private var isOverProgress = false

  /// Passes on all that comes from a descriptor.
  mutating func pass(from descriptor: FileDescriptor) throws(Errno) {
    while descriptor.isReadable(within: -1), let bytes = descriptor.readAvailable(limit: 1 << 16) {
      for byte in bytes {
        guard byte == UInt8(ascii: "\n") else {
          line.append(byte)
          continue
        }
        pass(String(decoding: line, as: UTF8.self))
        line = []
      }
    }
    if !line.isEmpty { pass(String(decoding: line, as: UTF8.self)) }
    if isOverProgress { Terminal.draw("\n") }
  }

  private mutating func pass(_ line: String) {
    note(line)
    let isProgress = Terminal.isInteractive && line.hasPrefix("[") && line.contains("/")
    let start = isOverProgress ? "\r\u{1b}[K" : ""
    // A line that is longer than the terminal would not be drawn over as a whole.
    let columns = OutputStyle.standardError.columns ?? 80
    Terminal.draw(isProgress ? start + line.prefix(columns - 1) : "\(start)\(line)\n")
    isOverProgress = isProgress
  }

  /// Adds what to use instead, if a line complains of what a guest does not have; each once.
  mutating func note(_ line: String) {
    guard line.contains("error:"),
      let known = Self.knownErrors.first(where: { line.contains($0.words) }),
      !advice.contains(known.advice)
    else { return }
    advice.append(known.advice)
  }

  /// Words of the compiler's errors, the special before the general, and what to do about them.
  private static let knownErrors: [(words: String, advice: String)] = [
    (
      "protocol type 'any Error' in embedded Swift",
      "a guest throws errors of a type that is known: write throws(GuestError), or throws(YourError)"
    ),
    (
      "cannot use a value of protocol type",
      "a guest has no values of protocol types: write a generic function (some P), or an enum of the cases"
    ),
    (
      "'Mirror' is unavailable",
      "a guest has no reflection: let the type describe itself (CustomStringConvertible)"
    ),
    (
      "no such module 'Foundation",
      "a guest has no Foundation: the standard library is there, C by import GuestC, the time in guest.clock, "
        + "files as guest.modules"
    ),
    (
      "no such module 'Glibc'",
      "a guest's C library is GuestC: import GuestC, a product of PVHKit beside GuestRuntime"
    ),
    (
      "no such module 'GuestC'",
      "the target needs one more dependency: .product(name: \"GuestC\", package: \"PVHKit\")"
    ),
    (
      "cannot find 'FileManager' in scope",
      "a guest has no files: what it is given is in guest.modules, what it keeps in guest.xenstore"
    ),
    (
      "attribute 'weak' cannot be used",
      "a guest has no weak references: use a number that names the object, or unowned(unsafe)"
    ),
    (
      "cannot find 'Mutex' in scope",
      "a guest has one thread, so no lock is needed: a variable does"
    ),
    (
      "missing 'Regex' declaration",
      "a guest has no regular expressions: use split, hasPrefix and firstIndex"
    ),
    (
      "conform to 'BinaryInteger'",
      "print takes what describes itself: let the type conform to CustomStringConvertible"
    ),
    (
      "in embedded Swift",
      "this is not in Embedded Swift, which guests are written in: docs/everyday-swift.md says what is"
    ),
    (
      "in Embedded Swift",
      "this is not in Embedded Swift, which guests are written in: docs/everyday-swift.md says what is"
    ),
  ]
}
