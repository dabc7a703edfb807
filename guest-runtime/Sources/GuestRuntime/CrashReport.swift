// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import XenABI
import XenFrontends

/// The last words of a guest: on the console and in Xen's log, then the domain ends as crashed.
struct CrashReport {
  private var text = [1024 of UInt8](repeating: 0)
  private var count = 0

  /// True from the first report on: a failure while reporting must not report again.
  nonisolated(unsafe) private static var isReporting = false

  /// Starts the report, or ends the domain at once when there is one under way.
  @inline(never)
  init(_ reason: StaticString) {
    if unsafe Self.isReporting { Self.stop() }
    unsafe Self.isReporting = true
    append("\n*** the guest crashed: ")
    append(reason)
  }

  /// Adds text; what does not fit is left out.
  @inline(never)
  mutating func append(_ piece: StaticString) {
    for offset in 0..<piece.utf8CodeUnitCount {
      // SAFETY: within the literal's own length.
      append(unsafe piece.utf8Start[offset])
    }
  }

  /// Adds a number as 16 hexadecimal digits.
  @inline(never)
  mutating func append(hex value: UInt64) {
    for shift in stride(from: UInt64(60), through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: value >> shift & 15)
      append(digit < 10 ? 48 + digit : 87 + digit)
    }
  }

  /// Adds a number that is not negative, in decimal.
  @inline(never)
  mutating func append(decimal value: Int) {
    if value > 9 { append(decimal: value / 10) }
    append(UInt8(truncatingIfNeeded: 48 + value % 10))
  }

  /// A number, such as a register, on a line of its own.
  @inline(never)
  mutating func append(_ name: StaticString, _ value: UInt64) {
    append("  ")
    append(name)
    append(" ")
    append(hex: value)
    append("\n")
  }

  private mutating func append(_ byte: UInt8) {
    guard count < text.count else { return }
    text[count] = byte
    count += 1
  }

  /// Prints the report and ends the domain.
  @inline(never)
  consuming func deliver() -> Never {
    let used = count
    unsafe withUnsafeBytes(of: &text) { text in
      let used = unsafe UnsafeRawBufferPointer(rebasing: text[..<used])
      unsafe EarlyOutput.write(used)
      StandardOutput.flush()
      unsafe GuestConsole().write(used)
    }
    unsafe Machine.console?.drain()
    Self.stop()
  }

  private static func stop() -> Never {
    XenHypercalls.shutDown(.crash)
    guest_stop()
  }
}
