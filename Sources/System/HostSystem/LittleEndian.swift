// SPDX-License-Identifier: Apache-2.0

extension FixedWidthInteger {
  /// Its bytes, lowest first.
  public var littleEndianBytes: [UInt8] { Swift.withUnsafeBytes(of: littleEndian) { Array($0) } }

  /// A number from its bytes, lowest first.
  ///
  /// - Precondition: there are no more of them than the type has.
  public init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
    self = bytes.reversed().reduce(0) { $0 << 8 | Self(truncatingIfNeeded: $1) }
  }
}
