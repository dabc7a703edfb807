// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import HostSystem

extension ControlDomain {
  /// Attaches the console of a domain that exists: what its guest has printed while nobody
  /// listened, as much as xenconsoled has kept of it, comes first.
  ///
  /// The domain's console page is mapped meanwhile, so that nothing is lost at its end; it cannot
  /// be forgotten before the run is. `receivedByteCount` is what has been received of it already, if that
  /// is known.
  public func attach(to domain: Domain, receivedByteCount: UInt64? = nil) throws(ToolstackError)
    -> DomainRun<LiveMachine>
  {
    DomainRun(
      machine: try LiveMachine(host: self, domain: domain),
      terminal: try ConsoleTerminal.attach(to: domain, store: store), start: .now,
      receivedByteCount: receivedByteCount)
  }
}
