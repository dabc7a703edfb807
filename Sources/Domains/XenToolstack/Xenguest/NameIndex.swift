// SPDX-License-Identifier: Apache-2.0

/// Who has which name, in one node of xenstore: its children are called `NUMBER@NAME`.
///
/// xl finds a name by reading one node of each domain. This index makes it one hypercall, which
/// lists the domains, and one message, whatever their number. Only a domain that is not in the index,
/// because another tool made it, is read once and entered. An entry whose domain has gone is not
/// believed and is removed. A domain that another tool *renames* keeps its old entry; that is compared
/// with the domain's own node before a name is refused, while its new name can be taken a second time.
struct NameIndex {
  /// The node of the index.
  static let path = "/tool/pvhkit/domains"

  /// What the index says: each domain's name.
  private(set) var names: [Int: String] = [:]

  /// Reads the names of the index's nodes.
  init(nodes: [String]) {
    for node in nodes {
      guard let mark = node.utf8.firstIndex(of: UInt8(ascii: "@")), let id = Int(node[..<mark])
      else { continue }
      names[id] = Self.decoded(node[node.index(after: mark)...])
    }
  }

  /// The node of a domain.
  static func node(_ number: String, _ name: String) -> String {
    "\(path)/\(number)@\(encoded(name))"
  }

  /// Xenstore's names have neither dots nor most other characters: those become `@` and two digits.
  private static func encoded(_ name: String) -> String {
    var result: [UInt8] = []
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        result.append(byte)
      default:
        let digits = String(byte, radix: 16)
        result += Array("@\(digits.utf8.count < 2 ? "0" : "")\(digits)".utf8)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func decoded(_ text: Substring) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "@"), rest.count >= 2,
        let code = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        result.append(code)
        rest.removeFirst(2)
      } else {
        result.append(byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
