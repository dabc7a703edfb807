// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import StartInfoRecords
import XenDomainModel

/// A domain while it is being built: one method for each part, in the order of the calls.
struct DomainUnderConstruction {
  let host: ControlDomain
  let calls: CreationCalls
  let configuration: DomainConfiguration
  let layout: DomainLayout
  var variation: LaunchVariation?
  var id = DomainID(rawValue: 0)
  var consolePort: Int32 = 0
  var storePort: Int32 = 0
  /// The numbers of its disks' block devices, in the configuration's order; a plan does not know them.
  var diskNumbers: [String] = []

  var control: OpaquePointer { host.control }
  var number: UInt32 { id.rawValue }
  /// The number for paths and people; a plan does not know it.
  var label: String { calls.mode == .planning ? "N" : id.description }

  /// A port for paths and people; a plan does not know it either.
  func label(_ port: Int32) -> String { calls.mode == .planning ? "PORT" : "\(port)" }

  /// Makes an empty domain; Xen chooses its number.
  mutating func make(_ uuid: DomainUUID) throws(ToolstackError) {
    var settings = xen_domctl_createdomain()
    settings.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap
    settings.max_vcpus = UInt32(configuration.vcpuCount)
    // As libxenlight has it: Xen's own limits of grants, and the ports of one page.
    settings.max_evtchn_port = 1023
    settings.max_grant_frames = -1
    settings.max_maptrack_frames = -1
    settings.grant_opts = 1
    settings.arch.emulation_flags = UInt32(XEN_X86_EMU_LAPIC)
    withUnsafeMutableBytes(of: &settings.handle) { $0.copyBytes(from: uuid.octets) }
    // Xen 4.22 takes 0 for the number that is wanted; this one leaves the choice to every version.
    // C name: `DOMID_ANY`.
    var number: UInt32 = 0x7ff5
    try calls.make("make a PVH domain with \(configuration.vcpuCount) vCPUs at most") {
      xc_domain_create(control, &number, &settings)
    }
    id = DomainID(rawValue: number)
  }

  /// vCPUs, before anything that could look at them, and the limits of memory.
  func setLimits() throws(ToolstackError) {
    let vcpus = configuration.vcpuCount
    try calls.make("make its \(vcpus) vCPUs") {
      xc_domain_max_vcpus(control, number, UInt32(vcpus))
    }
    let limit = layout.memoryLimitKiB
    try calls.make("let it have \(limit) KiB of memory") {
      xc_domain_setmaxmem(control, number, UInt64(limit))
    }
    let pool = DomainLayout.pagingPoolSize(pageCount: layout.pageCount, vcpuCount: vcpus)
    try calls.make("give it \(pool / 1024) KiB for page tables") {
      xc_set_paging_mempool_size(control, number, UInt64(pool))
    }
    if configuration.nativeTimestampCounter {
      try calls.make("let it read the processor's time-stamp counter") {
        // TSC_MODE_NEVER_EMULATE
        xc_domain_set_tsc_info(control, number, 2, 0, 0, 0)
      }
    }
    if InterfaceCheck.isUnknown { try checkWhatXenUnderstood(limitKiB: limit) }
    // Which vCPU is where in the processor, as CPUID says it, concerns domains with more than one, and
    // operating systems, which compare it with the ACPI tables.
    if vcpus > 1 || !layout.acpi.isEmpty {
      try calls.make("tell it how its vCPUs are arranged") {
        xc_cpuid_apply_policy(control, number, false, nil, 0, true, false, false, nil, nil)
      }
    }
  }

  /// Compares the new domain with what was asked for: a Xen that is newer than all known ones may have
  /// taken the same bytes for something else.
  private func checkWhatXenUnderstood(limitKiB: Int) throws(ToolstackError) {
    var info = xc_domaininfo_t()
    try calls.make("ask what became of it") {
      xc_domain_getinfolist(control, number, 1, &info)
    }
    let isPVH = info.flags & UInt32(XEN_DOMINF_hvm_guest) != 0
    let vcpus = Int(info.max_vcpu_id) + 1
    guard
      calls.mode == .planning
        || isPVH && vcpus == configuration.vcpuCount && info.max_pages == UInt64(limitKiB / 4)
    else {
      throw ToolstackError(
        .xenUnavailable,
        "this Xen takes a description of a domain for something else (\(vcpus) vCPUs, at most "
          + "\(info.max_pages) pages\(isPVH ? "" : ", not PVH")); use a pvh that knows it")
    }
  }

  /// Console and xenstore: ports, parameters, grants.
  mutating func connect() throws(ToolstackError) {
    consolePort = try calls.make("make a port for the console") {
      xc_evtchn_alloc_unbound(control, number, 0)
    }
    storePort = try calls.make("make a port for xenstore") {
      xc_evtchn_alloc_unbound(control, number, 0)
    }
    let page = UInt64(DomainLayout.pageSize)
    func set(_ name: String, _ index: Int32, _ value: UInt64, _ text: String? = nil)
      throws(ToolstackError)
    {
      try calls.make("set \(name) to \(text ?? "0x\(String(value, radix: 16))")") {
        xc_hvm_param_set(control, number, UInt32(index), value)
      }
    }
    try set("HVM_PARAM_STORE_PFN", HVM_PARAM_STORE_PFN, UInt64(layout.storeFrame))
    try set(
      "HVM_PARAM_STORE_EVTCHN", HVM_PARAM_STORE_EVTCHN, UInt64(storePort), label(storePort))
    try set("HVM_PARAM_CONSOLE_PFN", HVM_PARAM_CONSOLE_PFN, UInt64(layout.consoleFrame))
    try set(
      "HVM_PARAM_CONSOLE_EVTCHN", HVM_PARAM_CONSOLE_EVTCHN, UInt64(consolePort),
      label(consolePort))
    try set(
      "HVM_PARAM_IDENT_PT", HVM_PARAM_IDENT_PT, UInt64(DomainLayout.identityFrame) * page)
    // Two hypercalls: libxenctrl asks how to map the grant table, and the kernel maps it.
    try calls.make("grant console and xenstore their pages") {
      xc_dom_gnttab_seed(
        control, number, true, xen_pfn_t(layout.consoleFrame),
        xen_pfn_t(layout.storeFrame), 0, 0)
    }
  }

  /// The memory map, and vCPU 0 at the image's entry.
  func start(at entry: UInt32, map: [StartInfoRecord.Range]) throws(ToolstackError) {
    var entries = map.map { e820entry(addr: $0.address, size: $0.size, type: $0.kind) }
    try calls.make("tell Xen the memory map") {
      xc_domain_set_memory_map(control, number, &entries, UInt32(entries.count))
    }
    let vcpus = UInt32(configuration.vcpuCount)
    var context = [UInt8](repeating: 0, count: pvh_context_size(vcpus))
    let offset = variation?.arrangement.offset ?? 0
    let startInfo = UInt32(DomainLayout.address(of: layout.startInfo) + offset)
    context.withUnsafeMutableBytes {
      pvh_context_fill($0.baseAddress, vcpus, entry, startInfo)
      variation?.change(context: $0.baseAddress)
    }
    try calls.make("start vCPU 0 at 0x\(String(entry, radix: 16))") {
      xc_domain_hvm_setcontext(control, number, &context, UInt32(context.count))
    }
  }
}
