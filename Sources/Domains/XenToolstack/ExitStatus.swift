// SPDX-License-Identifier: Apache-2.0

/// The exit status that a guest leaves in `data/exit-status` of its xenstore directory.
public enum ExitStatus: Equatable, Sendable {
  /// A status from 0 to 255; a guest that leaves none has status 0.
  case value(UInt8)
  /// What the guest left instead of a status; made printable, and cut after 64 bytes.
  case malformed(String)

  /// Reads the node's value, which the guest may have filled with anything.
  public init(node: [UInt8]?) {
    guard let node else {
      self = .value(0)
      return
    }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    if (1...3).contains(node.count), node.allSatisfy({ digits.contains($0) }),
      let value = UInt8(String(decoding: node, as: UTF8.self))
    {
      self = .value(value)
    } else {
      let printable = node.prefix(64).map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }
      self = .malformed(String(decoding: printable, as: UTF8.self))
    }
  }
}
