// SPDX-License-Identifier: Apache-2.0

/// One request to xenstored.
enum NodeRequest: Equatable {
  /// Writes a node, and makes those above it.
  case write(String, String)
  /// Lets the domain read this node, and what is made under it from now on.
  case letRead(String)
  /// Makes the domain the owner of this node, and of what is made under it from now on.
  case letOwn(String)

  /// The request for people.
  var description: String {
    switch self {
    case .write(let path, let value): "write \(path) = \"\(value)\""
    case .letRead(let path): "let the domain read \(path)"
    case .letOwn(let path): "let the domain own \(path)"
    }
  }

  /// The request to xenstored; the domain whose rights it may change is `id`.
  func message(about id: DomainID, in transaction: XenstoreTransaction) -> XenstoreRequest {
    switch self {
    case .write(let path, let value): .write(path, value, in: transaction)
    case .letRead(let path): .setRights(of: id, to: path, owning: false, in: transaction)
    case .letOwn(let path): .setRights(of: id, to: path, owning: true, in: transaction)
    }
  }
}

/// What a domain gets in xenstore.
///
/// A new node has the rights of the node above it, so that the order makes most of the rights: what
/// only the daemons read first, then what the guest owns, then what it may read.
///
/// Of what libxenlight writes there is what somebody reads: xl its name and type, xenconsoled its
/// console, the guest `data` and `control`. There is no `/vm`, and no `memory/target`: `xl mem-set`
/// and `xl save` want a domain made by libxenlight.
enum DomainNodes {
  /// Bytes that xenconsoled may keep for a console that nobody reads, as libxenlight has it.
  static let consoleLimit = 1 << 20

  /// The domain's own directory.
  static func home(_ number: String) -> String { "/local/domain/\(number)" }

  /// libxenlight's directory for the domain.
  static func libxl(_ number: String) -> String { "/libxl/\(number)" }

  /// The requests, in their order.
  ///
  /// `number` is the domain's number, and `consolePort` and `consoleFrame` those of its console. An operating system
  /// asks for each of its vCPUs whether it may use it; `announcedVCPUs` are there.
  static func requests(
    number: String, name: String, consolePort: String, consoleFrame: Int, announcedVCPUs: Int = 0
  ) -> [NodeRequest] {
    let home = home(number)
    return [
      .write(NameIndex.node(number, name), ""),
      .write("\(home)/console/limit", String(consoleLimit)),
      .write("\(home)/console/ring-ref", String(consoleFrame)),
      .write("\(home)/console/port", consolePort),
      .letOwn(home),
      .write("\(home)/data", ""),
      .write("\(home)/control/shutdown", ""),
      .letRead(home),
      .write("\(home)/name", name),
      .write("\(home)/domid", number),
      .write("\(libxl(number))/type", "pvh"),
    ] + (0..<announcedVCPUs).map { .write("\(home)/cpu/\($0)/availability", "online") }
  }
}

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
