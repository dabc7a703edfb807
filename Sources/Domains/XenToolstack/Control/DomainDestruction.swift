// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem
public import XenDomainModel
import XenstoreWire

extension ControlDomain {
  /// Milliseconds that Xen may take to forget a destroyed domain.
  static let destroyPatience = 15_000

  /// Destroys any domain. One that libxenlight has given devices is left to it.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    log.clear()
    let traces = try traces(of: domain)
    if traces.hasDevices { return try destroyWithDevices(domain) }
    try destroyDirectly(domain, traces)
  }

  /// Lets libxenlight destroy a domain.
  private func destroyWithDevices(_ domain: Domain) throws(ToolstackError) {
    if !Libxl.canBeLoaded, let destroyElsewhere { return try destroyElsewhere(domain) }
    try LibxlBuilder(host: self).destroy(domain)
  }

  /// Stops a domain for good: the first step of destroying it, before anything is removed that it would
  /// miss if Xen refused the rest.
  func stop(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_pause(control, domain.id.rawValue) == 0 || errno == ESRCH else {
      throw ToolstackError(
        call: "stopping domain \(domain.id), which is to be destroyed",
        advice: "nothing of it has been removed", log: log.text)
    }
  }

  func kill(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_destroy(control, domain.id.rawValue) == 0 || errno == ESRCH else {
      throw ToolstackError(
        call: "destroying domain \(domain.id)", advice: "try 'xl destroy \(domain.id)' there")
    }
  }

  /// Whether some domain has this number.
  func isInUse(_ id: DomainID) -> Bool {
    var info = xc_domaininfo_t()
    let count = xc_domain_getinfolist(control, id.rawValue, 1, &info)
    return count < 0 || count == 1 && UInt32(info.domain) == id.rawValue
  }

  /// Destroys a domain without libxenlight, and without a child process.
  ///
  /// Removes everything that either builder leaves behind, except libxenlight's devices. The
  /// domain is stopped first, then its nodes are removed, then the domain: after an interruption in between the
  /// rest is found by the domain's identity.
  func destroyDirectly(_ domain: Domain, _ traces: XenstoreFootprint? = nil) throws(ToolstackError)
  {
    // Nor are the nodes of a number that has gone to another domain ours to remove. One that is there
    // now was there when its traces were looked for.
    if try state(of: domain) == .gone { return try removeIndexEntry(of: domain.id) }
    try stop(domain)
    let removed = try removeNodes(of: domain, traces)
    try kill(domain)
    if let devices = removed?.devices, !devices.isEmpty {
      for device in devices { try KernelBackend(nodes: device).waitUntilReleased() }
      // The kernel may have been about to write down what it knows of a device.
      try store.ask(devices.flatMap(\.removal))
      try DeviceNodes.removeEmptyFolders(
        Set(devices.map(\.kind)), of: "\(domain.id)", in: store)
    }
    try waitUntilForgotten(domain)
    // xenconsoled may have noted the terminal of a domain that it has only just heard of. It holds
    // the domain's memory meanwhile, so that nothing comes after this.
    if removed != nil { try store.remove(DomainNodes.home(domain.id.description)) }
  }

  /// Waits until nobody holds memory of a destroyed domain.
  func waitUntilForgotten(_ domain: Domain) throws(ToolstackError) {
    // The console daemon lets go of the domain's memory when xenstored tells it to.
    let deadline = MonotonicTime.now.adding(milliseconds: Self.destroyPatience)
    // Polling competes for CPU with the daemons being waited for, so back off exponentially.
    var pause: UInt32 = 500
    while try state(of: domain) != .gone {
      guard MonotonicTime.now < deadline else {
        throw ToolstackError(
          .other,
          "domain \(domain.id) is destroyed, but after \(Self.destroyPatience) ms some process "
            + "still maps its memory: is xenconsoled running?", log: log.text)
      }
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
  }
}

/// Destroying a domain in steps, for somebody who has others to look after meanwhile.
extension ControlDomain {
  /// Begins to destroy a domain, and does not wait until somebody lets go of its memory: that is over
  /// when no domain has its identity any more, and ``finishDestroying(number:)`` is to be called then.
  public func beginDestroying(_ domain: Domain) throws(ToolstackError) {
    let traces = try traces(of: domain)
    if traces.hasDevices { return try LibxlBuilder(host: self).destroy(domain) }
    try stop(domain)
    _ = try removeNodes(of: domain, traces)
    try kill(domain)
    try DeviceNodes.removeEmptyFolders(
      Set(traces.devices.map(\.kind)), of: "\(domain.id)", in: store)
  }

  /// Removes what others have noted of a domain while it was being destroyed.
  public func finishDestroying(number: Int) throws(ToolstackError) {
    let id = DomainID(rawValue: UInt32(clamping: number))
    guard id.rawValue != 0, !isInUse(id) else { return }
    let entries = indexEntries(of: id.description)
    try store.ask(([DomainNodes.home(id.description)] + entries).map { .remove($0) })
    try DeviceNodes.removeRemains(of: id.description, in: store)
  }
}

/// Removing what xenstore has of a domain.
extension ControlDomain {
  /// What xenstore has of a domain.
  func traces(of domain: Domain) throws(ToolstackError) -> XenstoreFootprint {
    try XenstoreFootprint(of: domain, in: store)
  }

  /// Removes all that is known of a domain; returns what there was, nil if xenstored has ended, and with
  /// it the nodes.
  ///
  /// `traces` are asked for unless the caller has done so.
  func removeNodes(of domain: Domain, _ traces: XenstoreFootprint? = nil) throws(ToolstackError)
    -> XenstoreFootprint?
  {
    let number = domain.id.description
    do throws(ToolstackError) {
      let traces = if let traces { traces } else { try self.traces(of: domain) }
      let entries =
        if let name = traces.name, !traces.isRenamed { [NameIndex.node(number, name)] } else {
          indexEntries(of: number)
        }
      try store.ask(entries.map { .remove($0) } + traces.removal(of: domain))
      if traces.isMachine { removeUserData(of: domain) }
      if traces.hasConsoleBackend { try removeEmptyBackends() }
      return traces
    } catch {
      // One that only does not answer still has them, and may answer later.
      guard case .ended? = store.ending else { throw error }
      return nil
    }
  }

  /// Removes what other tools, which know nothing of the index of names, leave of a domain that they
  /// destroy.
  func removeIndexEntry(of id: DomainID) throws(ToolstackError) {
    // The number may be another domain's by now.
    guard !isInUse(id) else { return }
    try store.ask(indexEntries(of: id.description).map { .remove($0) })
  }

  /// The nodes of a number in the index of names.
  func indexEntries(of number: String) -> [String] {
    ((try? store.children(of: NameIndex.path)) ?? [])
      .filter { $0.utf8.starts(with: "\(number)@".utf8) }.map { "\(NameIndex.path)/\($0)" }
  }

  /// Removes the folders of libxenlight's consoles that are empty, as libxenlight does it.
  private func removeEmptyBackends() throws(ToolstackError) {
    for folder in [XenstoreFootprint.consoleBackends, "\(DomainNodes.home("0"))/backend"] {
      guard try store.ask([.list(folder)])[0]?.isEmpty == true else { return }
      try store.remove(folder)
    }
  }

  /// Removes what libxenlight keeps of the domain in files (`libxl__userdata_destroyall`).
  private func removeUserData(of domain: Domain) {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob("/var/lib/xen/userdata-?.\(domain.id).*", 0, nil, &found) == 0 else { return }
    for index in 0..<Int(found.gl_pathc) {
      if let path = found.gl_pathv[index] { unlink(path) }
    }
  }
}

/// What xenstore says of a domain that concerns its removal.
struct XenstoreFootprint {
  /// The name that it goes by, if any.
  let name: String?
  /// Its node under `/vm`, which libxenlight makes.
  let machine: String?
  /// Whether the control domain's end of a console is there, which libxenlight makes.
  let hasConsoleBackend: Bool
  /// Whether it has devices that libxenlight has to remove.
  let hasDevices: Bool
  /// Its devices, if none of them is libxenlight's.
  let devices: [DeviceNodes]
  /// Whether it may go by another name than the one that it was made with: xl has noted its name.
  let isRenamed: Bool

  /// Asks xenstored, all in one go.
  init(of domain: Domain, in store: XenstoreConnection) throws(ToolstackError) {
    let number = domain.id.description
    let home = DomainNodes.home(number)
    let found = try store.ask([
      .read("\(home)/name"), .read("\(home)/vm"), .list(Self.consoleBackend(of: number)),
      .list("\(DomainNodes.libxl(number))/device"), .read("\(Self.node(of: domain))/name"),
    ])
    name = found[0].map { String(decoding: $0, as: UTF8.self) }
    machine = found[1].map { String(decoding: $0, as: UTF8.self) }
    hasConsoleBackend = found[2]?.isEmpty == false
    let names = found[3].map { XenstoreStrings.split($0) } ?? []
    let kinds = names.compactMap { DeviceNodes.Kind(rawValue: String(decoding: $0, as: UTF8.self)) }
    let devices =
      try kinds.count == names.count && !kinds.isEmpty
      ? DeviceNodes.own(kinds, of: number, in: store) : nil
    self.devices = devices ?? []
    hasDevices = found[3] != nil && devices == nil
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
    requests += devices.flatMap(\.removal)
    return requests + [.remove(DomainNodes.libxl(number))]
  }

  /// Whether libxenlight keeps more of the domain elsewhere.
  var isMachine: Bool { machine?.utf8.starts(with: "/vm/".utf8) == true }
}
