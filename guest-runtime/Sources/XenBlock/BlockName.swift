// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenstoreWire

/// The number by which xenstore and Xen's tools know a virtual disk, and the name that people give it.
///
/// Source: `docs/man/xen-vbd-interface.7.pandoc` of Xen: 202 << 8 and 16 for each of the first disks, an
/// extended form for more disks and partitions.
public struct BlockName: Equatable, Sendable {
  /// The number: 51712 is `xvda`.
  public let number: UInt32

  private static var prefix: [UInt8] { [UInt8](text: "xvd") }
  private static var extended: UInt32 { 1 << 28 }

  /// A disk with a number.
  public init(number: UInt32) { self.number = number }

  /// The disk that a text means: `xvda`, `xvdb2`, `51712`; nil if it is neither a name nor a number.
  public init?(_ text: [UInt8]) {
    if let number = text.decimalValue {
      guard let number = UInt32(exactly: number) else { return nil }
      self.init(number: number)
      return
    }
    guard text.starts(with: Self.prefix) else { return nil }
    let rest = text.dropFirst(Self.prefix.count)
    let letters = rest.prefix { $0 >= 97 && $0 <= 122 }
    let digits = rest.dropFirst(letters.count)
    guard (1...2).contains(letters.count) else { return nil }
    // a is 0, z 25, aa 26.
    let disk = letters.reduce(UInt32(0)) { $0 * 26 + UInt32($1 - 96) } - 1
    var partition: UInt32 = 0
    if !digits.isEmpty {
      guard digits.first != 48, let value = digits.decimalValue, (1...255).contains(value) else {
        return nil
      }
      partition = UInt32(value)
    }
    let isPlain = disk < 16 && partition < 16
    self.init(
      number: isPlain
        ? 202 << 8 | disk << 4 | partition : Self.extended | disk << 8 | partition)
  }

  /// The name; the number in decimal where it is not that of an `xvd` disk.
  public var text: [UInt8] {
    let (disk, partition): (UInt32, UInt32)
    if number & Self.extended != 0, number < Self.extended << 1 {
      (disk, partition) = ((number & ~Self.extended) >> 8, number & 255)
    } else if number >> 8 == 202 {
      (disk, partition) = (number >> 4 & 15, number & 15)
    } else {
      return [UInt8](decimal: UInt64(number))
    }
    guard disk < 26 * 27 else { return [UInt8](decimal: UInt64(number)) }
    let letters =
      disk < 26 ? [UInt8(97 + disk)] : [UInt8(96 + disk / 26), UInt8(97 + disk % 26)]
    return Self.prefix + letters + (partition == 0 ? [] : [UInt8](decimal: UInt64(partition)))
  }
}
