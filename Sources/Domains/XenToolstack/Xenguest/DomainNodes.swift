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
  /// `number` is the domain's number, and `consolePort` that of its event channel. An operating system
  /// asks for each of its vCPUs whether it may use it; `announcedVCPUs` are there.
  static func requests(
    number: String, name: String, consolePort: String, announcedVCPUs: Int = 0
  ) -> [NodeRequest] {
    let home = home(number)
    return [
      .write(NameIndex.node(number, name), ""),
      .write("\(home)/console/limit", String(consoleLimit)),
      .write("\(home)/console/ring-ref", String(DomainLayout.consoleFrame)),
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
