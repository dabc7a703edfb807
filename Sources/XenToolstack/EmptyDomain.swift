// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// A domain that Xen knows, and that has no memory yet: limits, vCPUs, event channels.
struct EmptyDomain {
  let domain: Domain
  /// The guest's end of its channel to xenstored.
  let storePort: UInt32
  /// The guest's end of its channel to xenconsoled.
  let consolePort: UInt32

  /// Event channels that the guest can have, as many as libxenlight allows.
  private static let lastPort: UInt32 = 1023
  /// Who serves console and xenstore.
  private static let servant: UInt32 = 0

  /// Makes a domain; there is none if this throws.
  init(
    _ configuration: DomainConfiguration, plan: MemoryPlan, uuid: DomainUUID, host: ControlDomain
  ) throws(ToolstackError) {
    let control = host.control
    let id = try Self.make(configuration, uuid, host)
    domain = Domain(id: DomainID(rawValue: id), uuid: uuid)
    do {
      // First: saving the state of a vCPU that does not exist yet crashes Xen.
      try host.check(xc_domain_max_vcpus(control, id, UInt32(configuration.vcpuCount)), "vCPUs")
      try host.check(xc_domain_setmaxmem(control, id, plan.limitKiB), "a memory limit")
      try host.check(xc_set_paging_mempool_size(control, id, plan.pagingPool), "a paging pool")
      if configuration.nativeTimestampCounter {
        let mode = UInt32(LIBXL_TSC_MODE_NATIVE.rawValue)
        try host.check(xc_domain_set_tsc_info(control, id, mode, 0, 0, 0), "a time-stamp counter")
      }
      storePort = try Self.port(of: id, host)
      consolePort = try Self.port(of: id, host)
    } catch {
      xc_domain_destroy(control, id)
      throw error
    }
  }

  private static func make(
    _ configuration: DomainConfiguration, _ uuid: DomainUUID, _ host: ControlDomain
  ) throws(ToolstackError) -> UInt32 {
    var wish = xen_domctl_createdomain()
    withUnsafeMutableBytes(of: &wish.handle) { $0.copyBytes(from: uuid.octets) }
    wish.flags = UInt32(XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap)
    wish.max_vcpus = UInt32(configuration.vcpuCount)
    wish.max_evtchn_port = lastPort
    // Less than 0 leaves these two to the hypervisor.
    wish.max_grant_frames = -1
    wish.max_maptrack_frames = -1
    wish.grant_opts = 2
    wish.arch.emulation_flags = UInt32(XEN_X86_EMU_LAPIC)
    // Xen chooses the number.
    var id: UInt32 = 0
    try host.check(xc_domain_create(host.control, &id, &wish), "a domain")
    return id
  }

  private static func port(of id: UInt32, _ host: ControlDomain) throws(ToolstackError) -> UInt32 {
    let port = xc_evtchn_alloc_unbound(host.control, id, servant)
    try host.check(port < 0 ? -1 : 0, "an event channel")
    return UInt32(port)
  }
}

extension ControlDomain {
  /// Turns the failure of a call that makes something for a new domain into an error.
  func check(_ status: Int32, _ what: String) throws(ToolstackError) {
    guard status != 0 else { return }
    let code = errno
    let kind: ToolstackError.Kind = code == ENOMEM ? .outOfMemory : .other
    let advice =
      code == ENOMEM
      ? "\(freeMemoryKiB) KiB are free: ask for less, or make room with 'xl mem-set 0'" : ""
    throw ToolstackError(
      kind, call: "Xen did not make \(what) for the new domain", code: code, advice: advice,
      log: log.text)
  }
}
