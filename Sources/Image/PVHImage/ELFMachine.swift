// SPDX-License-Identifier: Apache-2.0

/// The processor an ELF file is for; C name: `e_machine`.
public struct ELFMachine: RawRepresentable, Hashable, Sendable {
  /// The number in the ELF header.
  public var rawValue: UInt16

  /// Wraps a number read from a file.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// 32-bit x86; C name: `EM_386`.
  public static var i386: ELFMachine { ELFMachine(rawValue: 3) }
  /// 64-bit x86; C name: `EM_X86_64`.
  public static var x8664: ELFMachine { ELFMachine(rawValue: 62) }
}
