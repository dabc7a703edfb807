// SPDX-License-Identifier: Apache-2.0

import CGuestLibrary
import CGuestSupport
import XenFrontends

// What the C library (CGuestLibrary) asks of the guest. A guest is linked with those that it uses.

@c(guest_standard_output)
func guestStandardOutput(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
  // SAFETY: the caller's `count` bytes.
  for offset in 0..<count { unsafe StandardOutput.write(bytes[offset]) }
}

/// Waits for as long as it takes: only a console that has failed says nothing for so long.
@c(guest_standard_input)
func guestStandardInput(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int {
  StandardOutput.flush()
  while unsafe Machine.console?.failure == nil {
    guard
      let typed = unsafe Machine.console?.read(
        atMost: min(count, 1024), milliseconds: 86_400_000)
    else { return 0 }
    guard !typed.isEmpty else { continue }
    // SAFETY: no more than the caller has room for.
    for offset in typed.indices { unsafe bytes[offset] = typed[offset] }
    return typed.count
  }
  return 0
}

@c(guest_monotonic_time)
func guestMonotonicTime(_ time: UnsafeMutablePointer<guest_time>) -> Bool {
  let nanoseconds = GuestClock().nanoseconds
  guard nanoseconds != .max else { return false }
  unsafe time.pointee = guest_time(
    seconds: Int64(nanoseconds / 1_000_000_000),
    nanoseconds: Int64(nanoseconds % 1_000_000_000))
  return true
}

@c(guest_calendar_time)
func guestCalendarTime(_ time: UnsafeMutablePointer<guest_time>) -> Bool {
  guard let now = GuestClock().calendarTime else { return false }
  unsafe time.pointee = guest_time(
    seconds: Int64(now.seconds), nanoseconds: Int64(now.nanoseconds))
  return true
}

@c(guest_sleep)
func guestSleep(_ nanoseconds: UInt64) {
  GuestClock().sleep(nanoseconds: nanoseconds)
}

@c(guest_random_bytes)
func guestRandomBytes(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Bool {
  do throws(GuestError) {
    // SAFETY: the caller's `count` bytes.
    try unsafe Entropy.fill(UnsafeMutableRawBufferPointer(start: bytes, count: count))
    return true
  } catch {
    return false
  }
}

@c(guest_lacks_entropy)
func guestLacksEntropy() -> Never {
  Lifecycle.crash("random numbers are wanted, and this CPU has neither RDSEED nor RDRAND")
}

@c(guest_power_off)
func guestPowerOff(_ status: Int32) -> Never {
  Lifecycle.powerOff(status: UInt8(truncatingIfNeeded: status))
}

@c(guest_aborted)
func guestAborted() -> Never {
  Lifecycle.crash("abort() was called; what was printed before may say why")
}

@c(guest_stack_overwritten)
func guestStackOverwritten() -> Never {
  Lifecycle.crash("a function of the C library wrote past the end of its stack frame")
}

@c(guest_assertion_failed)
func guestAssertionFailed(
  _ condition: UnsafePointer<CChar>, _ file: UnsafePointer<CChar>, _ line: Int32,
  _ function: UnsafePointer<CChar>
) -> Never {
  var report = CrashReport("assertion failed: ")
  // SAFETY: strings that the compiler made.
  unsafe report.append(cString: condition)
  report.append(" (")
  unsafe report.append(cString: file)
  report.append(":")
  report.append(decimal: Int(line))
  report.append(", ")
  unsafe report.append(cString: function)
  report.append(")\n")
  report.deliver()
}

extension CrashReport {
  /// Adds a string of C.
  fileprivate mutating func append(cString text: UnsafePointer<CChar>) {
    var character = unsafe text
    while unsafe character.pointee != 0 {
      unsafe append(UInt8(bitPattern: character.pointee))
      unsafe character += 1
    }
  }
}
