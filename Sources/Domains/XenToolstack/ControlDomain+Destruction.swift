// SPDX-License-Identifier: Apache-2.0

public import DomainModel

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
  }

  /// Removes what others have noted of a domain while it was being destroyed.
  public func finishDestroying(number: Int) throws(ToolstackError) {
    let id = DomainID(rawValue: UInt32(clamping: number))
    guard id.rawValue != 0, !isInUse(id) else { return }
    let entries = indexEntries(of: id.description)
    try store.ask(([DomainNodes.home(id.description)] + entries).map { .remove($0) })
  }
}
