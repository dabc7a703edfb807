// SPDX-License-Identifier: Apache-2.0

/// The registers of a virtual CPU that a debugger sees.
public struct MachineRegisters: Equatable, Sendable {
  /// RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 to R15: gdb's order.
  public var general: [UInt64]
  public var instruction: UInt64
  public var flags: UInt64
  /// CS, SS, DS, ES, FS, GS.
  public var segments: [UInt32]
  /// x87 and SSE, as FXSAVE stores them: 512 bytes.
  public var floating: [UInt8]

  public init(
    general: [UInt64] = Array(repeating: 0, count: 16), instruction: UInt64 = 0, flags: UInt64 = 2,
    segments: [UInt32] = Array(repeating: 0, count: 6),
    floating: [UInt8] = Array(repeating: 0, count: 512)
  ) {
    self.general = general
    self.instruction = instruction
    self.flags = flags
    self.segments = segments
    self.floating = floating
  }
}

/// What a virtual CPU uses to find memory and handlers.
public struct MachineTables: Equatable, Sendable {
  /// Control registers, and the one that says whether long mode is active.
  public var cr0: UInt64
  public var cr3: UInt64
  public var cr4: UInt64
  public var efer: UInt64
  /// The interrupt table: where it is, and its last byte.
  public var interruptTable: UInt64
  public var interruptTableLimit: UInt32

  public init(
    cr0: UInt64, cr3: UInt64, cr4: UInt64, efer: UInt64, interruptTable: UInt64,
    interruptTableLimit: UInt32
  ) {
    self.cr0 = cr0
    self.cr3 = cr3
    self.cr4 = cr4
    self.efer = efer
    self.interruptTable = interruptTable
    self.interruptTableLimit = interruptTableLimit
  }
}
