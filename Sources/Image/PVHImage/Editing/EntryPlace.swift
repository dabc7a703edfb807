// SPDX-License-Identifier: Apache-2.0

import XenABI

/// Where the guest shall start, as a person says it.
public enum EntryPlace: Equatable, Sendable {
  /// At a symbol, whose value is an address as the program sees it.
  case symbol(String)
  /// At a physical address.
  case address(UInt64)

  /// Takes a number with or without `0x` for an address, anything else for a symbol.
  public init(_ text: String) {
    let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    self = number.map { .address($0) } ?? .symbol(text)
  }
}

extension PVHImage {
  /// The physical address of a place to start.
  func physicalAddress(
    of place: EntryPlace, symbol value: (String) throws(EditError) -> UInt64
  ) throws(EditError) -> UInt32 {
    switch place {
    case .address(let address):
      guard let result = UInt32(exactly: address) else { throw .entryAbove4GiB(address) }
      return result
    case .symbol(let name):
      let address = try value(name)
      let segment = segments.first {
        address >= $0.virtualAddress && address - $0.virtualAddress < $0.memorySize
      }
      guard let segment else { throw .symbolNotLoaded(name, address) }
      let physical = address - segment.virtualAddress &+ segment.physicalAddress.rawValue
      guard let result = UInt32(exactly: physical) else { throw .entryAbove4GiB(physical) }
      return result
    }
  }
}
