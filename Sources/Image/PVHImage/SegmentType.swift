// SPDX-License-Identifier: Apache-2.0

/// What a program header describes; C name: `p_type`.
public struct SegmentType: RawRepresentable, Hashable, Sendable {
  /// The number in the program header.
  public var rawValue: UInt32

  /// Wraps a number read from a file.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes to load; C name: `PT_LOAD`.
  public static var load: SegmentType { SegmentType(rawValue: 1) }
  /// What the dynamic linker needs; C name: `PT_DYNAMIC`.
  public static var dynamic: SegmentType { SegmentType(rawValue: 2) }
  /// The path of the dynamic linker; C name: `PT_INTERP`.
  public static var interpreter: SegmentType { SegmentType(rawValue: 3) }
  /// Notes; C name: `PT_NOTE`.
  public static var note: SegmentType { SegmentType(rawValue: 4) }
}
