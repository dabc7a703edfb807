// SPDX-License-Identifier: Apache-2.0

/// Where Swift's own `print` and failure messages go: the console, a line at a time.
package enum StandardOutput {
  nonisolated(unsafe) private static var line = [128 of UInt8](repeating: 0)
  nonisolated(unsafe) private static var count = 0

  /// Adds a byte; a newline or a full line is printed.
  static func write(_ byte: UInt8) {
    unsafe line[count] = byte
    unsafe count += 1
    if byte == 10 { flush() } else if unsafe count == line.count { flush() }
  }

  /// Prints what has come together.
  package static func flush() {
    let used = unsafe count
    unsafe count = 0
    unsafe withUnsafeBytes(of: &line) {
      unsafe GuestConsole().write(UnsafeRawBufferPointer(rebasing: $0[..<used]))
    }
  }
}

@c(putchar)
func putchar(_ character: Int32) -> Int32 {
  StandardOutput.write(UInt8(truncatingIfNeeded: character))
  return character
}
