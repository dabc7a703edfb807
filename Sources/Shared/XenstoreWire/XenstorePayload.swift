// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The NUL-ended strings that payloads are made of.
public enum XenstoreStrings {
  /// A payload of these strings, each with its NUL.
  public static func joined(_ strings: [[UInt8]]) -> [UInt8] {
    var payload: [UInt8] = []
    for string in strings {
      payload.append(contentsOf: string)
      payload.append(0)
    }
    return payload
  }

  /// The strings of a payload; one that lacks its NUL counts as well.
  public static func split(_ payload: some Sequence<UInt8>) -> [[UInt8]] {
    var strings: [[UInt8]] = []
    var string: [UInt8] = []
    var isOpen = false
    for byte in payload {
      isOpen = byte != 0
      if isOpen {
        string.append(byte)
      } else {
        strings.append(string)
        string = []
      }
    }
    if isOpen { strings.append(string) }
    return strings
  }
}

/// What a domain may do with a node, as a letter and a number travel: `r0`, `n5`.
///
/// Source: `docs/misc/xenstore.txt`, GET_PERMS.
public struct XenstorePermission: Equatable, Sendable {
  /// What may be done.
  public struct Access: RawRepresentable, Equatable, Sendable {
    /// The letter.
    public var rawValue: UInt8

    /// Wraps a letter received from xenstored.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Letter `n`.
    public static var none: Access { Access(rawValue: UInt8(ascii: "n")) }
    /// Letter `r`.
    public static var read: Access { Access(rawValue: UInt8(ascii: "r")) }
    /// Letter `w`.
    public static var write: Access { Access(rawValue: UInt8(ascii: "w")) }
    /// Letter `b`: both.
    public static var readAndWrite: Access { Access(rawValue: UInt8(ascii: "b")) }
  }

  /// What the domain may do.
  public var access: Access
  /// The domain's number.
  public var domain: UInt16

  /// Lets a domain access a node.
  public init(_ access: Access, domain: UInt16) {
    (self.access, self.domain) = (access, domain)
  }

  /// The permission in a string that xenstored sent; nil if there is none in it.
  public init?(decoding string: [UInt8]) {
    guard let letter = string.first, let domain = string.dropFirst().decimalValue else {
      return nil
    }
    guard let domain = UInt16(exactly: domain) else { return nil }
    self.init(Access(rawValue: letter), domain: domain)
  }

  /// The permission as it travels, without its NUL.
  public var encoded: [UInt8] { [access.rawValue] + [UInt8](decimal: UInt64(domain)) }
}

/// A transaction, as requests name it. C name: `xs_transaction_t`.
public struct XenstoreTransaction: Equatable, Sendable {
  /// The number in the header; 0 outside of any transaction. C name: `tx_id`.
  public let id: UInt32

  /// A transaction of which the number is known.
  public init(id: UInt32) { self.id = id }

  /// The transaction that the reply to `startTransaction` names: a decimal number, not 0; nil if the
  /// payload is not one.
  public init?(opened reply: [UInt8]) {
    guard let number = reply.prefix(while: { $0 != 0 }).decimalValue,
      let id = UInt32(exactly: number),
      id != 0
    else { return nil }
    self.init(id: id)
  }

  /// Outside of any transaction.
  public static var none: XenstoreTransaction { XenstoreTransaction(id: 0) }
}

/// A node's children, put together from the parts that `listPart` brings.
///
/// A part is the list's generation, which changes with the list, and names; an offset into all names
/// says where it begins. The last part ends with an empty name.
/// Source: `docs/misc/xenstore.txt`, DIRECTORY_PART.
public struct XenstoreListing: Sendable {
  /// What came of a part.
  public enum Progress: Equatable, Sendable {
    /// There is more to ask for, at the new `offset`.
    case incomplete
    /// The payload that `list` would have brought.
    case complete([UInt8])
    /// xenstored does not keep to the protocol.
    case malformed
  }

  private var generation: ArraySlice<UInt8>?
  private var names: [UInt8] = []

  /// Nothing of a list yet.
  public init() {}

  /// Where the part begins that is asked for next.
  public var offset: Int { names.count }

  /// Takes the part that begins at `offset`; starts again from 0 if the list has changed since the one
  /// before.
  public mutating func take(_ part: [UInt8]) -> Progress {
    guard let end = part.firstIndex(of: 0) else { return .malformed }
    if let generation, generation != part[..<end] {
      self = XenstoreListing()
      return .incomplete
    }
    generation = part[..<end]
    let more = part[(end + 1)...]
    if more.last == 0, more.dropLast().last ?? 0 == 0 { return .complete(names + more.dropLast()) }
    guard !more.isEmpty else { return .malformed }
    names += more
    return .incomplete
  }
}
