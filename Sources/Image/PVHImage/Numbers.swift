// SPDX-License-Identifier: Apache-2.0

import XenABI

/// Sums of numbers that a file chooses: they saturate instead of wrapping, so that a comparison
/// with a limit stays true.
extension UInt64 {
  /// The sum, or the largest number.
  func addingSaturated(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The next multiple of the page size, or the largest multiple that there is.
  var roundedUpToPage: UInt64 { addingSaturated(pageSize - 1) / pageSize * pageSize }
}

/// Bytes in a page of guest-physical memory.
var pageSize: UInt64 { UInt64(PageLayout.size) }

extension [UInt8] {
  /// The little-endian number of `count` (up to 8) bytes at `offset`; bytes that are not there
  /// count as zero.
  func littleEndian(at offset: Int, count: Int) -> UInt64 {
    dropFirst(offset).prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The lowest `count` bytes of a number.
func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
}

/// A number as people compare it with the output of readelf.
func hex(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }

/// Bytes as a hex dump without addresses.
func hex(_ bytes: some Sequence<UInt8>) -> String {
  bytes.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }
    .joined(separator: " ")
}

/// "1 byte", "2 bytes": the noun is in the singular.
func counted(_ count: some BinaryInteger, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
