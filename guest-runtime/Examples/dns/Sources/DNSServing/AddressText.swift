// SPDX-License-Identifier: Apache-2.0

import ByteText
import NetWire

/// Addresses in text. Source: RFC 4291, 2.2.
enum AddressText {
  static func fourBytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard let address = IPv4Address(Array(text)) else { return nil }
    return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address.rawValue >> $0) }
  }

  static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    var (before, after): ([UInt8], [UInt8]?) = ([], nil)
    let parts = text.split(separator: 0x3A, omittingEmptySubsequences: false)
    guard (3...9).contains(parts.count) else { return nil }
    for (place, part) in parts.enumerated() {
      let isLast = place == parts.count - 1
      if part.isEmpty {
        // The colons of `::`, which may be at either end.
        if place == 0 {
          guard parts[1].isEmpty else { return nil }
        } else if isLast {
          guard parts[place - 1].isEmpty, after != nil else { return nil }
        } else {
          guard after == nil else { return nil }
          after = []
        }
        continue
      }
      var group: [UInt8]
      if isLast, part.contains(0x2E) {
        guard let four = fourBytes(part) else { return nil }
        group = four
      } else {
        guard part.count <= 4 else { return nil }
        var value: UInt16 = 0
        for byte in part {
          guard let digit = ASCII.hexadecimalValue(byte) else { return nil }
          value = value << 4 | UInt16(digit)
        }
        group = [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
      }
      if after == nil { before += group } else { after = (after ?? []) + group }
    }
    let count = before.count + (after?.count ?? 0)
    guard after == nil ? count == 16 : count < 16 else { return nil }
    return before + [UInt8](repeating: 0, count: 16 - count) + (after ?? [])
  }
}
