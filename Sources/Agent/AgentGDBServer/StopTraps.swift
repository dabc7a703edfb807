// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// What is put into a guest's memory while it runs, so that it comes to a stop where a debugger wants it.
///
/// Xen has ways of stopping a guest at an exception, and does not have them everywhere: Debian's Xen is built
/// without `CONFIG_GDBSX`, and QEMU's emulation of AMD's virtualisation does not report breakpoint
/// instructions to a hypervisor. So a guest that is to stop runs in a circle instead: a jump to itself, two
/// bytes, is put over the first instruction of each of its exception handlers, where only an exception can
/// lead. A breakpoint is then the usual one-byte instruction. Before the guest has an interrupt table, its
/// handlers are looked for in its code, a breakpoint is the jump, and there are no steps.
struct StopTraps {
  /// Where the guest was found.
  enum Place: Equatable {
    case breakpoint
    /// The first instruction of the handler for an exception.
    case handler(vector: Int)
  }

  private static let jumpToItself: [UInt8] = [0xeb, 0xfe]
  private static let breakpointInstruction: [UInt8] = [0xcc]
  static let debugVector = 1
  static let breakpointVector = 3
  /// Exceptions that a program causes by what it does.
  private static let vectors = [0, 1, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 16, 17, 19]

  private var circles: [UInt64: Place] = [:]
  /// What was changed, in order: where, what is there now, what was there.
  private var changes: [(physical: UInt64, trap: UInt8, original: UInt8)] = []
  /// Whether breakpoint instructions and steps can be used.
  private(set) var seesExceptions = false

  /// Puts traps into a guest that is stopped; `exempt` is an exception that it is to handle itself.
  init<Machine: DebuggedMachine>(
    in machine: Machine, _ tables: MachineTables, breakpoints: some Sequence<UInt64>, exempt: Int?
  ) {
    let hasTable = tables.hasPaging && tables.isLongMode && tables.interruptTableLimit > 0
    let stubs = hasTable ? nil : ExceptionStubs(in: machine)
    for vector in Self.vectors where vector != exempt {
      guard let handler = stubs?[vector] ?? Self.handler(of: vector, machine, tables),
        circles[handler] == nil, put(Self.jumpToItself, at: handler, machine, tables)
      else { continue }
      circles[handler] = .handler(vector: vector)
    }
    let seen = circles.values
    seesExceptions =
      hasTable && seen.contains(.handler(vector: Self.debugVector))
      && seen.contains(.handler(vector: Self.breakpointVector))
    for address in breakpoints where circles[address] == nil {
      if seesExceptions {
        _ = put(Self.breakpointInstruction, at: address, machine, tables)
      } else if put(Self.jumpToItself, at: address, machine, tables) {
        circles[address] = .breakpoint
      }
    }
  }

  /// Which trap a guest with this instruction pointer runs in, if any.
  func place(of instruction: UInt64) -> Place? { circles[instruction] }

  /// Puts back what was there, unless the guest has put something else there meanwhile.
  mutating func remove<Machine: DebuggedMachine>(from machine: Machine) {
    for change in changes.reversed()
    where machine.read(physical: change.physical, count: 1) == [change.trap] {
      _ = machine.write([change.original], physical: change.physical)
    }
    changes = []
    circles = [:]
  }

  private mutating func put<Machine: DebuggedMachine>(
    _ trap: [UInt8], at address: UInt64, _ machine: Machine, _ tables: MachineTables
  ) -> Bool {
    var new = changes
    for (offset, byte) in trap.enumerated() {
      guard let physical = machine.physical(address &+ UInt64(offset), tables),
        let original = machine.read(physical: physical, count: 1)
      else { return false }
      new.append((physical, byte, original[0]))
    }
    for change in new[changes.count...] {
      _ = machine.write([change.trap], physical: change.physical)
    }
    changes = new
    return true
  }

  /// Source: AMD64 manual, volume 2, figure 4-24, "Interrupt-Gate Descriptor, Long Mode".
  private static func handler<Machine: DebuggedMachine>(
    of vector: Int, _ machine: Machine, _ tables: MachineTables
  ) -> UInt64? {
    guard vector * 16 + 15 <= Int(tables.interruptTableLimit) else { return nil }
    let gate = machine.read(tables.interruptTable &+ UInt64(vector * 16), count: 16, tables)
    guard gate.count == 16, gate[5] >> 7 == 1 else { return nil }
    let parts = [gate[0], gate[1], gate[6], gate[7], gate[8], gate[9], gate[10], gate[11]]
    return parts.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// What the CPU leaves on the stack for a handler. Source: AMD64 manual, volume 2, 8.9.3.
struct ExceptionFrame {
  /// Vectors for which the CPU pushes an error code first.
  private static let withErrorCode: Set<Int> = [8, 10, 11, 12, 13, 14, 17]

  private let words: [UInt64]

  /// Reads it at the first instruction of a handler; nil if the stack cannot be read.
  init?<Machine: DebuggedMachine>(
    vector: Int, _ registers: MachineRegisters, _ machine: Machine, _ tables: MachineTables
  ) {
    let skipped: UInt64 = Self.withErrorCode.contains(vector) ? 8 : 0
    let bytes = machine.read(registers.stack &+ skipped, count: 40, tables)
    guard bytes.count == 40 else { return nil }
    words = stride(from: 0, to: 40, by: 8).map { start in
      bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  /// Puts the registers back to where the exception happened.
  func restore(_ registers: inout MachineRegisters) {
    registers.instruction = words[0]
    registers.segments[0] = UInt32(truncatingIfNeeded: words[1])
    registers.flags = words[2] & ~MachineRegisters.trapFlag
    registers.stack = words[3]
    registers.segments[1] = UInt32(truncatingIfNeeded: words[4])
  }
}

extension MachineRegisters {
  /// Lets the CPU raise a debug exception behind the next instruction.
  static let trapFlag: UInt64 = 1 << 8
}
