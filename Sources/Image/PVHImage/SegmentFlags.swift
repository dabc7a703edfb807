// SPDX-License-Identifier: Apache-2.0

/// Permissions of a segment; C name: `p_flags`.
public struct SegmentFlags: OptionSet, Hashable, Sendable {
  /// The bits in the program header.
  public let rawValue: UInt32

  /// Wraps bits read from a file; unknown ones survive.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// C name: `PF_X`.
  public static var execute: SegmentFlags { SegmentFlags(rawValue: 1) }
  /// C name: `PF_W`.
  public static var write: SegmentFlags { SegmentFlags(rawValue: 2) }
  /// C name: `PF_R`.
  public static var read: SegmentFlags { SegmentFlags(rawValue: 4) }
  /// The three that Xen looks at: a PT_LOAD with none of them is not loaded.
  static var permissions: SegmentFlags { [.read, .write, .execute] }
}
