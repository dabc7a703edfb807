// SPDX-License-Identifier: Apache-2.0

import CGuestSupport
import GuestBoot
import XenABI
import XenFrontends

/// The last words of a guest: on the console and in Xen's log, then the domain ends as crashed.
struct CrashReport {
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
    var (value, rest) = (value, 16)
    while rest != 0 {
      let digit = UInt8(truncatingIfNeeded: value >> 60)
      append(digit < 10 ? 48 &+ digit : 87 &+ digit)
      value <<= 4
      rest &-= 1
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

  /// Adds a byte.
  @inline(never)
  mutating func append(_ byte: UInt8) {
    guard count < boot_report_size else { return }
    // SAFETY: just compared; a failed check in here would end in here again.
    unsafe boot_report()[count] = byte
    count &+= 1
  }

  /// Prints the report, with what is needed to name the functions that are under way, and ends the
  /// domain.
  @inline(never)
  consuming func deliver(callersFrom frame: UInt64 = boot_frame()) -> Never {
    append("image", boot_image_id())
    append(callersFrom: frame)
    let text = unsafe UnsafeRawBufferPointer(start: boot_report(), count: count)
    unsafe EarlyOutput.write(text)
    StandardOutput.flush()
    unsafe GuestConsole().write(text)
    unsafe Machine.console?.drain()
    Self.stop()
  }

  private static func stop() -> Never {
    XenHypercalls.shutDown(.crash)
    guest_stop()
  }
}

/// Xen's debug port: works from the first instruction, and ends up in Xen's own log
/// (with `guest_loglvl=all`). One exit to Xen per byte, so for last words only.
enum EarlyOutput {
  /// Prints bytes; Xen shows a line when its newline comes.
  static func write(_ bytes: UnsafeRawBufferPointer) {
    unsafe bytes.forEach { guest_write_port(0xe9, $0) }
  }
}

/// What the CPU pushes on an exception, without the error code. Source: AMD64 manual, volume 2, 8.9.
struct InterruptFrame {
  var instruction, codeSelector, flags, stack, stackSelector: UInt64
}

/// The CPU's exception vectors, by their names in the manuals.
private func name(ofException vector: UInt32) -> StaticString {
  switch vector {
  case 0: "division by zero or overflow"
  case 3: "breakpoint"
  case 6: "invalid opcode, as executed by a failed Swift check (overflow, index, nil, fatalError)"
  case 8: "double fault"
  case 12: "stack segment fault"
  case 13: "general protection fault"
  case 14: "page fault"
  case 16: "x87 floating-point exception"
  case 17: "alignment check"
  case 19: "SIMD floating-point exception"
  default: "unexpected exception"
  }
}

/// Vectors for which the CPU pushes an error code: 8, 10 to 14, 17, 21, 29, 30.
private let vectorsWithErrorCode: UInt32 = 0x6022_7d00

/// Called by the exception stubs, on the exception stack, with all registers saved.
@c(guest_exception)
func guestException(
  _ registers: UnsafePointer<saved_registers>, _ vector: UInt32, _ pushed: UnsafeRawPointer
) -> Never {
  let hasCode = vectorsWithErrorCode & (1 << vector) != 0
  // SAFETY: this is what the CPU pushed, with or without the code.
  let code = hasCode ? unsafe pushed.load(as: UInt64.self) : 0
  let frame = unsafe pushed.load(fromByteOffset: hasCode ? 8 : 0, as: InterruptFrame.self)
  var report = CrashReport(name(ofException: vector))
  if vector == 14 { report.append(pageFault: code, at: guest_fault_address()) }
  report.append("\n")
  report.append("rip", frame.instruction)
  report.append("rsp", frame.stack)
  report.append("rflags", frame.flags)
  report.append("error", code)
  unsafe report.append(registers)
  report.deliver(callersFrom: unsafe registers.pointee.rbp)
}

extension CrashReport {
  /// Which access, where, and what the address tells.
  fileprivate mutating func append(pageFault code: UInt64, at address: UInt64) {
    append(code & 16 != 0 ? ", executing " : code & 2 != 0 ? ", writing " : ", reading ")
    append(hex: address)
    if address < 4096 {
      append(" (a null pointer)")
    } else if code & 16 != 0 {
      append(" (no code)")
    } else if boot_stack_guards_contain(address) {
      append(" (stack overflow)")
    }
  }

  /// The general registers.
  fileprivate mutating func append(_ registers: UnsafePointer<saved_registers>) {
    var index: UInt32 = 15
    while index != 0 {
      index &-= 1
      append("  ")
      for letter in UInt32(0)..<3 { append(boot_register_letter(index, letter)) }
      append(" ")
      append(hex: unsafe boot_register(registers, index))
      append("\n")
    }
  }

  /// Where the functions that are under way go on: the chain of frame pointers, which whoever damaged
  /// the stack may have damaged. So it is followed within the stack only, and upwards only.
  fileprivate mutating func append(callersFrom frame: UInt64) {
    var frame = frame
    for _ in 0..<Self.callerLimit {
      // Frames of asynchronous functions are marked in this bit.
      frame &= ~(1 << 60)
      guard frame % 8 == 0, boot_main_stack_contains(frame) else { return }
      append("caller", boot_stack_word(frame + 8))
      let next = boot_stack_word(frame)
      guard next & ~(1 << 60) > frame else { return }
      frame = next
    }
  }

  /// Callers that a report has.
  private static var callerLimit: Int { 32 }
}
