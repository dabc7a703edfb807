// SPDX-License-Identifier: Apache-2.0

import Boot
import CGuestSupport

/// What the CPU pushes on an exception, without the error code. Source: AMD64 manual, volume 2, 8.9.
struct InterruptFrame {
  var instruction, codeSelector, flags, stack, stackSelector: UInt64
}

/// The CPU's exception vectors, by their names in the manuals.
private func name(ofException vector: UInt32) -> StaticString {
  switch vector {
  case 0: "division by zero or overflow"
  case 1: "debug exception"
  case 2: "non-maskable interrupt"
  case 3: "breakpoint"
  case 6: "invalid opcode, as executed by a failed Swift check (overflow, index, nil, fatalError)"
  case 8: "double fault"
  case 10: "invalid task segment"
  case 11: "segment not present"
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
  unsafe report.append(registers.pointee)
  report.deliver()
}

extension CrashReport {
  /// Which access, where, and what the address tells.
  fileprivate mutating func append(pageFault code: UInt64, at address: UInt64) {
    append(code & 16 != 0 ? ", executing " : code & 2 != 0 ? ", writing " : ", reading ")
    append(hex: address)
    if address < 4096 {
      append(" (a null pointer)")
    } else if boot_stack_guards_contain(address) {
      append(" (stack overflow)")
    }
  }

  fileprivate mutating func append(_ registers: saved_registers) {
    append("rax", registers.rax)
    append("rbx", registers.rbx)
    append("rcx", registers.rcx)
    append("rdx", registers.rdx)
    append("rsi", registers.rsi)
    append("rdi", registers.rdi)
    append("rbp", registers.rbp)
    append("r8", registers.r8)
    append("r9", registers.r9)
    append("r10", registers.r10)
    append("r11", registers.r11)
    append("r12", registers.r12)
    append("r13", registers.r13)
    append("r14", registers.r14)
    append("r15", registers.r15)
  }
}
