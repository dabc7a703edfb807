// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

extension ControlDomain {
  /// Milliseconds that Xen may take to forget a destroyed domain.
  static let destroyPatience = 15_000

  /// Destroys a domain, whoever made it: where libxenlight has given it devices, libxenlight does.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    guard try store.read("\(DomainNodes.libxl(domain.id.description))/device") != nil else {
      log.clear()
      return try destroyDirectly(domain)
    }
    try LibxlBuilder(host: self).destroy(domain)
  }

  func kill(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_destroy(control, domain.id.rawValue) == 0 || errno == ESRCH else {
      throw ToolstackError(
        call: "destroying domain \(domain.id)", advice: "try 'xl destroy \(domain.id)'")
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
  /// Everything goes that either builder leaves behind; devices do not, since no domain of theirs
  /// has any. First the nodes, then the domain: whoever is interrupted in between finds the rest
  /// by the domain's identity.
  func destroyDirectly(_ domain: Domain) throws(ToolstackError) {
    // Nor are the nodes of a number that has gone to another domain ours to remove.
    if try state(of: domain) == .gone { return try removeIndexEntry(of: domain.id) }
    let hasStore = try removeNodes(of: domain)
    try kill(domain)
    try waitUntilForgotten(domain)
    // xenconsoled may have noted the terminal of a domain that it has only just heard of. It holds
    // the domain's memory meanwhile, so that nothing comes after this.
    if hasStore { try remove(DomainNodes.home(domain.id.description)) }
  }

  /// Removes all that is known of a domain; false if xenstored has ended, and with it its nodes.
  func removeNodes(of domain: Domain) throws(ToolstackError) -> Bool {
    let number = domain.id.description
    let home = DomainNodes.home(number)
    do throws(ToolstackError) {
      if let name = store.value(of: "\(home)/name") {
        try remove(NameIndex.node(number, name))
      } else {
        try removeIndexEntries(of: number)
      }
      if let machine = store.value(of: "\(home)/vm"), machine.utf8.starts(with: "/vm/".utf8) {
        try remove(machine)
        removeUserData(of: domain)
      }
      try remove(home)
      try removeConsoleBackend(of: number)
      try remove(DomainNodes.libxl(number))
      return true
    } catch {
      guard error.kind == .xenUnavailable else { throw error }
      return false
    }
  }

  /// Waits until nobody holds memory of a destroyed domain.
  func waitUntilForgotten(_ domain: Domain) throws(ToolstackError) {
    // The console daemon lets go of the domain's memory when xenstored tells it to.
    let deadline = MonotonicTime.now.adding(milliseconds: Self.destroyPatience)
    // Whoever waits takes time from those that are waited for, the more the more of them there are.
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

  /// Removes the control domain's end of a console that libxenlight has made, and of the folders
  /// above it what is empty then, as libxenlight does it.
  private func removeConsoleBackend(of number: String) throws(ToolstackError) {
    let backends = "\(DomainNodes.home("0"))/backend"
    guard store.children(of: "\(backends)/console/\(number)", in: 0)?.isEmpty == false else {
      return
    }
    try remove("\(backends)/console/\(number)")
    for folder in ["\(backends)/console", backends] {
      guard store.children(of: folder, in: 0)?.isEmpty == true else { return }
      try remove(folder)
    }
  }

  func remove(_ path: String) throws(ToolstackError) {
    guard store.remove(path) == 0 else {
      throw ToolstackError(xenstoreCall: "removing \(path) from xenstore")
    }
  }

  /// Removes what other tools, which know nothing of the index of names, leave of a domain that they
  /// destroy.
  private func removeIndexEntry(of id: DomainID) throws(ToolstackError) {
    // The number may be another domain's by now.
    guard !isInUse(id) else { return }
    try removeIndexEntries(of: id.description)
  }

  func removeIndexEntries(of number: String) throws(ToolstackError) {
    let nodes = store.children(of: NameIndex.path, in: 0) ?? []
    for node in nodes where node.utf8.starts(with: "\(number)@".utf8) {
      try remove("\(NameIndex.path)/\(node)")
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
