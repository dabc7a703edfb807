// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc

/// Removing what xenstore has of a domain.
extension ControlDomain {
  /// What xenstore has of a domain.
  func traces(of domain: Domain) throws(ToolstackError) -> XenstoreFootprint {
    try XenstoreFootprint(of: domain, in: store)
  }

  /// Removes all that is known of a domain; false if xenstored has ended, and with it its nodes.
  ///
  /// `traces` are asked for unless the caller has done so.
  func removeNodes(of domain: Domain, _ traces: XenstoreFootprint? = nil) throws(ToolstackError)
    -> Bool
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
      return true
    } catch {
      // One that only does not answer still has them, and may answer later.
      guard case .ended? = store.ending else { throw error }
      return false
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
