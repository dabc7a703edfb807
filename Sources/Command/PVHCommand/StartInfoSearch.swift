// SPDX-License-Identifier: Apache-2.0

import XenABI

/// Looks for start info in guest memory.
enum StartInfoSearch {
  /// Where it is: libxenguest puts it at the start of a page.
  static func offset(in bytes: [UInt8]) -> Int? {
    stride(from: 0, to: bytes.count - 3, by: PageLayout.size).first {
      number(in: bytes, at: $0, size: 4) == UInt64(StartInfo.expectedMagic)
    }
  }

  /// The address of the first byte, from what start info refers to: libxenguest puts that behind it,
  /// in the same page at first.
  static func base(of bytes: [UInt8], at place: Int) -> UInt64 {
    let addresses = [16, 24, 40].map { number(in: bytes, at: place + $0, size: 8) }
    guard let lowest = addresses.filter({ $0 != 0 }).min() else { return 0 }
    let page = lowest / UInt64(PageLayout.size) * UInt64(PageLayout.size)
    return page >= UInt64(place) ? page - UInt64(place) : 0
  }

  private static func number(in bytes: [UInt8], at place: Int, size: Int) -> UInt64 {
    bytes.dropFirst(place).prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
