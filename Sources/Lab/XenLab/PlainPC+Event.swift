// SPDX-License-Identifier: Apache-2.0
public import SystemPackage

extension PlainPC {
  /// Something that a plain PC's guest, or somebody else, did.
  public enum Event: Equatable, Sendable {
    /// The guest wrote to its serial port.
    case console([UInt8])
    /// The guest wrote to port 0xE9.
    case debugPort([UInt8])
    /// A descriptor that is also waited for is readable, or closed.
    case readable(FileDescriptor)
    /// The guest is done; nothing more happens.
    case ended(Ending)
  }

  /// How a guest ended.
  public enum Ending: Equatable, Sendable {
    /// It switched the PC off.
    case poweredOff
    /// It sleeps and takes no interrupts, which under Xen is a power-off.
    case halted
    /// It reset the PC.
    case reset
    /// It faulted where nothing was left to handle faults; QEMU's lines about its registers.
    case tripleFault(registers: [String])
  }
}
