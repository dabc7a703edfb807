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
