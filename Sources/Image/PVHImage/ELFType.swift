// SPDX-License-Identifier: Apache-2.0

/// What kind of ELF file it is; C name: `e_type`.
public struct ELFType: RawRepresentable, Hashable, Sendable {
  /// The number in the ELF header.
  public var rawValue: UInt16

  /// Wraps a number read from a file.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Linked for fixed addresses, as an image must be; C name: `ET_EXEC`.
  public static var executable: ELFType { ELFType(rawValue: 2) }
  /// A shared object or a position-independent program; C name: `ET_DYN`.
  public static var shared: ELFType { ELFType(rawValue: 3) }
}
