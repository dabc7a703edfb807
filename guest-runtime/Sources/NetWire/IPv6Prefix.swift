// SPDX-License-Identifier: Apache-2.0

import ByteText

/// An IPv6 address and how many of its bits name the network.
public struct IPv6Prefix: Hashable, Sendable {
  public let address: IPv6Address
  /// 0 to 128.
  public let length: Int

  /// - Precondition: `length` is from 0 to 128.
  public init(_ address: IPv6Address, length: Int) {
    precondition((0...128).contains(length))
    self.address = address
    self.length = length
  }

  /// A prefix as text, like `2001:db8::2/64`; nil if it is none.
  public init?(_ text: [UInt8]) {
    guard let parts = text.prefixParts(limit: 128), let address = IPv6Address(parts.address) else {
      return nil
    }
    self.init(address, length: parts.length)
  }

  /// Whether an address is in the network.
  public func contains(_ other: IPv6Address) -> Bool { address.commonBits(with: other) >= length }

  /// The network's own address: zeros follow the bits that name it.
  public var network: IPv6Prefix {
    let high = length >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(length))
    let low = length <= 64 ? 0 : ~(UInt64.max >> UInt64(length - 64))
    return IPv6Prefix(
      IPv6Address(high: address.high & high, low: address.low & low), length: length)
  }

  /// As text, like `2001:db8::2/64`.
  public var text: [UInt8] {
    var text = address.text
    text.append(0x2F)
    text.append(decimal: UInt64(length))
    return text
  }
}

extension [UInt8] {
  /// The parts of a prefix as text, `ADDRESS/LENGTH`; nil if the length is none from 0 to the limit.
  func prefixParts(limit: Int) -> (address: [UInt8], length: Int)? {
    guard let slash = firstIndex(of: 0x2F) else { return nil }
    let digits = self[(slash + 1)...]
    guard let length = digits.decimalValue, length <= UInt64(limit),
      digits.count == 1 || digits.first != 0x30
    else { return nil }
    return (Array(self[..<slash]), Int(length))
  }
}
