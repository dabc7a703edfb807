// SPDX-License-Identifier: Apache-2.0

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
