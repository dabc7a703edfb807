// SPDX-License-Identifier: Apache-2.0

/// The line that stands in the console where output went missing.
struct DropNotice {
  private var text: [48 of UInt8]
  private var count: Int

  /// "[console: N bytes dropped]" on a line of its own.
  init(bytes: UInt64) {
    text = [48 of UInt8](repeating: 0)
    count = 0
    append("\n[console: ")
    append(decimal: bytes)
    append(" bytes dropped]\n")
  }

  /// Lends the text.
  mutating func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let used = count
    return unsafe withUnsafeBytes(of: &text) {
      unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<used]))
    }
  }

  private mutating func append(_ piece: StaticString) {
    for offset in 0..<piece.utf8CodeUnitCount {
      // SAFETY: within the literal's own length.
      text[count] = unsafe piece.utf8Start[offset]
      count += 1
    }
  }

  private mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    text[count] = UInt8(truncatingIfNeeded: 48 + value % 10)
    count += 1
  }
}
