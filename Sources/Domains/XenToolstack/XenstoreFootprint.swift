// SPDX-License-Identifier: Apache-2.0

import DomainModel

/// What xenstore says of a domain that concerns its removal.
struct XenstoreFootprint {
  /// The name that it goes by, if any.
  let name: String?
  /// Its node under `/vm`, which libxenlight makes.
  let machine: String?
  /// Whether the control domain's end of a console is there, which libxenlight makes.
  let hasConsoleBackend: Bool
  /// Whether libxenlight has given it devices.
  let hasDevices: Bool
  /// Whether it may go by another name than the one that it was made with: xl has noted its name.
  let isRenamed: Bool

  /// Asks xenstored, all in one go.
  init(of domain: Domain, in store: XenstoreConnection) throws(ToolstackError) {
    let number = domain.id.description
    let home = DomainNodes.home(number)
    let found = try store.ask([
      .read("\(home)/name"), .read("\(home)/vm"), .list(Self.consoleBackend(of: number)),
      .read("\(DomainNodes.libxl(number))/device"), .read("\(Self.node(of: domain))/name"),
    ])
    name = found[0].map { String(decoding: $0, as: UTF8.self) }
    machine = found[1].map { String(decoding: $0, as: UTF8.self) }
    hasConsoleBackend = found[2]?.isEmpty == false
    hasDevices = found[3] != nil
    isRenamed = found[4] != nil
  }

  /// Where libxenlight keeps what outlives a migration; xl notes another name there, whether libxenlight
  /// has made the domain or not.
  private static func node(of domain: Domain) -> String { "/vm/\(domain.uuid.grouped)" }

  /// Where libxenlight describes its consoles.
  static let consoleBackends = "\(DomainNodes.home("0"))/backend/console"

  /// Where libxenlight describes the console of one domain.
  static func consoleBackend(of number: String) -> String { "\(consoleBackends)/\(number)" }

  /// What removes all of it but the entry in the index of names.
  func removal(of domain: Domain) -> [XenstoreRequest] {
    let number = domain.id.description
    let node = Self.node(of: domain)
    var requests = [XenstoreRequest.remove(node)]
    if let machine, isMachine, machine != node { requests.append(.remove(machine)) }
    requests.append(.remove(DomainNodes.home(number)))
    if hasConsoleBackend { requests.append(.remove(Self.consoleBackend(of: number))) }
    return requests + [.remove(DomainNodes.libxl(number))]
  }

  /// Whether libxenlight keeps more of the domain elsewhere.
  var isMachine: Bool { machine?.utf8.starts(with: "/vm/".utf8) == true }
}
