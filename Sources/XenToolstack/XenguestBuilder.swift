// SPDX-License-Identifier: Apache-2.0
import CXenLight

/// Makes domains directly with libxenguest and libxenctrl: fewer steps than libxenlight takes, and
/// memory by the page.
///
/// The guest gets no ACPI tables, and its paging pool is as large as its memory can need.
public struct XenguestBuilder: DomainBuilder {
  private let host: ControlDomain
  private let isVerbose: Bool

  /// Builds domains through the handles of a control domain.
  ///
  /// `isVerbose` makes errors carry what the libraries did, too, and not only their complaints.
  public init(host: ControlDomain, isVerbose: Bool = false) {
    self.host = host
    self.isVerbose = isVerbose
  }

  /// Builds a PVH domain and leaves it paused.
  public func create(_ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID)
    throws(ToolstackError) -> Domain
  {
    try configuration.validate()
    try host.refuseTakenName(configuration.name)
    host.log.clear(isDetailed: isVerbose)
    let plan = MemoryPlan(configuration)
    let load = try ImageLoad(image, configuration, plan: plan, host: host)
    let empty = try EmptyDomain(configuration, plan: plan, uuid: uuid, host: host)
    do {
      try load.fill(empty, plan: plan)
      try connect(empty, load, configuration)
    } catch {
      try? destroy(empty.domain)
      throw error
    }
    return empty.domain
  }

  /// Tells the guest, and the daemons, of the console and the xenstore ring.
  private func connect(
    _ empty: EmptyDomain, _ load: ImageLoad, _ configuration: DomainConfiguration
  ) throws(ToolstackError) {
    let id = empty.domain.id.rawValue
    let ports = [
      (HVM_PARAM_STORE_EVTCHN, empty.storePort), (HVM_PARAM_CONSOLE_EVTCHN, empty.consolePort),
    ]
    for (parameter, port) in ports {
      try host.check(
        xc_hvm_param_set(host.control, id, UInt32(parameter), UInt64(port)), "a port's parameter")
    }
    try DomainNodes(of: empty.domain).write(
      configuration, consolePort: empty.consolePort, consoleFrame: load.consoleFrame,
      storePort: empty.storePort, storeFrame: load.storeFrame, to: host.store)
    try host.store.introduce(empty.domain, frame: load.storeFrame, port: empty.storePort)
  }

  /// Destroys a domain in any state.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    try LibxlBuilder(host: host).destroy(domain)
  }
}
