// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

extension NewDomain {
  /// How often a transaction is tried that others come in between of.
  private static var attemptLimit: Int { 200 }

  /// Writes the domain's nodes in one transaction, and tells xenstored of the domain.
  func introduce() throws(ToolstackError) {
    for _ in 0..<Self.attemptLimit where try writeNodes() {
      try calls.make(.xenstore, "introduce the domain, its page and its port \(label(storePort))") {
        host.store.introduce(id, frame: DomainLayout.storeFrame, port: storePort)
      }
      return
    }
    throw ToolstackError(
      .other,
      "others changed xenstore during each of \(Self.attemptLimit) attempts to write the nodes of "
        + "domain \(id): try again")
  }

  /// False if the transaction has to be done again.
  private func writeNodes() throws(ToolstackError) -> Bool {
    var transaction: XenstoreTransaction = 0
    try calls.make(.xenstore, "start a transaction") {
      guard let started = host.store.startTransaction() else { return -1 }
      transaction = started
      return 0
    }
    do throws(ToolstackError) {
      try claimName(in: transaction)
      let requests = DomainNodes.requests(
        number: label, name: configuration.name, consolePort: label(consolePort))
      for request in requests {
        try calls.make(.xenstore, request.description) { perform(request, in: transaction) }
      }
    } catch {
      if transaction != 0 { _ = host.store.endTransaction(transaction, aborting: true) }
      throw error
    }
    var isDone = true
    do throws(ToolstackError) {
      try calls.make(.xenstore, "end the transaction") {
        let result = host.store.endTransaction(transaction, aborting: false)
        guard result < 0, errno == EAGAIN else { return result }
        isDone = false
        return 0
      }
    } catch {
      // Made to fail, the call has not been made; if it failed by itself, this does nothing.
      if transaction != 0 { _ = host.store.endTransaction(transaction, aborting: true) }
      throw error
    }
    return isDone
  }

  private func perform(_ request: NodeRequest, in transaction: XenstoreTransaction) -> Int32 {
    switch request {
    case .write(let path, let value): host.store.write(path, value, in: transaction)
    case .letRead(let path):
      host.store.setRights(of: id, to: path, owning: false, in: transaction)
    case .letOwn(let path):
      host.store.setRights(of: id, to: path, owning: true, in: transaction)
    }
  }

  /// Refuses a name that another domain has, and brings the index up to date.
  private func claimName(in transaction: XenstoreTransaction) throws(ToolstackError) {
    let index = NameIndex(nodes: try children(of: NameIndex.path, in: transaction))
    let domains = try self.domains()
    var names = index.names
    for (id, name) in index.names where !domains.contains(id) {
      names[id] = nil
      let node = NameIndex.node(String(id), name)
      try calls.make(.xenstore, "remove \(node), whose domain is gone") {
        host.store.remove(node, in: transaction)
      }
    }
    // The control domain's name is known, and is no name for another.
    for id in domains.sorted() where names[id] == nil && id != 0 && id != Int(self.id.rawValue) {
      guard let name = try name(of: id, in: transaction) else { continue }
      names[id] = name
      let node = NameIndex.node(String(id), name)
      try calls.make(.xenstore, "write \(node)") {
        host.store.write(node, "", in: transaction)
      }
    }
    for (id, name) in names where isSame(name, configuration.name) {
      // What xl renamed is no longer called so.
      guard let current = try self.name(of: id, in: transaction), isSame(current, name) else {
        continue
      }
      throw ToolstackError(
        .nameTaken,
        "domain \(id) is named \"\(configuration.name)\" already: choose another name, or remove "
          + "that domain with 'xl destroy \(id)'")
    }
  }

  /// The numbers of all domains.
  private func domains() throws(ToolstackError) -> Set<Int> {
    let portion = 256
    var numbers: Set<Int> = []
    var next: UInt32 = 0
    while true {
      var found = [xc_domaininfo_t](repeating: xc_domaininfo_t(), count: portion)
      let count = try calls.make(.hypercall, "list the domains from \(next) on") {
        xc_domain_getinfolist(host.control, next, UInt32(portion), &found)
      }
      for information in found.prefix(Int(count)) { numbers.insert(Int(information.domain)) }
      guard count == portion, let last = found.last else { return numbers }
      next = UInt32(last.domain) + 1
    }
  }

  private func isSame(_ first: String, _ second: String) -> Bool {
    first.utf8.elementsEqual(second.utf8)
  }

  private func children(of path: String, in transaction: XenstoreTransaction)
    throws(ToolstackError) -> [String]
  {
    var names: [String] = []
    try calls.make(.xenstore, "list \(path)") {
      guard let found = host.store.children(of: path, in: transaction) else { return -1 }
      names = found
      return 0
    }
    return names
  }

  private func name(of id: Int, in transaction: XenstoreTransaction) throws(ToolstackError)
    -> String?
  {
    var name: String?
    let path = "/local/domain/\(id)/name"
    try calls.make(.xenstore, "read \(path)") {
      name = host.store.value(of: path, in: transaction)
      return name == nil && errno != ENOENT ? -1 : 0
    }
    return name
  }
}
