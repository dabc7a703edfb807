// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// A domain while it is being built: one method for each part, in the order of the calls.
struct NewDomain {
  let host: ControlDomain
  let calls: CreationCalls
  let configuration: DomainConfiguration
  let layout: DomainLayout
  var id = DomainID(rawValue: 0)
  var consolePort: Int32 = 0
  var storePort: Int32 = 0

  private var control: OpaquePointer { host.control }
  private var number: UInt32 { id.rawValue }
  /// The number for paths and people; a plan does not know it.
  var label: String { calls.mode == .planning ? "N" : id.description }

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
    var number: UInt32 = 0
    try calls.make(.hypercall, "make a PVH domain with \(configuration.vcpuCount) vCPUs at most") {
      xc_domain_create(control, &number, &settings)
    }
    id = DomainID(rawValue: number)
  }

  /// vCPUs, before anything that could look at them, and the limits of memory.
  func setLimits() throws(ToolstackError) {
    let vcpus = configuration.vcpuCount
    try calls.make(.hypercall, "make its \(vcpus) vCPUs") {
      xc_domain_max_vcpus(control, number, UInt32(vcpus))
    }
    let limit = layout.memoryLimitKiB
    try calls.make(.hypercall, "let it have \(limit) KiB of memory") {
      xc_domain_setmaxmem(control, number, UInt64(limit))
    }
    let pool = DomainLayout.pagingPoolSize(pageCount: layout.pageCount, vcpuCount: vcpus)
    try calls.make(.hypercall, "give it \(pool / 1024) KiB for page tables") {
      xc_set_paging_mempool_size(control, number, UInt64(pool))
    }
    if configuration.nativeTimestampCounter {
      try calls.make(.hypercall, "let it read the processor's time-stamp counter") {
        // TSC_MODE_NEVER_EMULATE
        xc_domain_set_tsc_info(control, number, 2, 0, 0, 0)
      }
    }
    // Which vCPU is where in the processor concerns domains with more than one.
    if vcpus > 1 {
      try calls.make(.hypercall, "tell it how its vCPUs are arranged") {
        xc_cpuid_apply_policy(control, number, false, nil, 0, true, false, false, nil, nil)
      }
    }
  }

  /// Memory, in superpages where it goes.
  func populate() throws(ToolstackError) {
    var single = layout.singlePages
    let large = layout.superpages
    if !large.isEmpty {
      var frames = large.map { xen_pfn_t($0) }
      let count = try calls.make(.hypercall, "give it memory: \(large.count) times 2 MiB") {
        xc_domain_populate_physmap(control, number, UInt(large.count), 9, 0, &frames)
      }
      // Where Xen has no 2 MiB in one piece left, smaller pieces do.
      if calls.mode == .live, Int(count) < large.count {
        // One by one takes long, so not in vain.
        let rest = (large.count - Int(count)) * DomainLayout.superpage * 4
        guard rest <= host.freeMemoryKiB else {
          throw ToolstackError(.outOfMemory, "\(rest) KiB of memory are missing")
        }
        single += large[Int(count)...].flatMap { $0..<$0 + DomainLayout.superpage }
      }
    }
    for start in stride(from: 0, to: single.count, by: 1 << 16) {
      var frames = single[start..<min(start + 1 << 16, single.count)].map { xen_pfn_t($0) }
      try calls.make(.hypercall, "give it memory: \(frames.count) times 4 KiB") {
        let count = xc_domain_populate_physmap(control, number, UInt(frames.count), 0, 0, &frames)
        if count >= 0, Int(count) < frames.count { errno = ENOMEM }
        return Int(count) == frames.count ? 0 : -1
      }
    }
  }

  /// Copies image, module and start info into the domain, and prepares its special pages.
  func fill(_ image: LoadedImage, module: UnsafeRawBufferPointer?, startInfo: [UInt8])
    throws(ToolstackError)
  {
    let content = layout.image.lowerBound..<layout.startInfo.upperBound
    var frames =
      content.map { xen_pfn_t($0) }
      + [DomainLayout.storeFrame, DomainLayout.consoleFrame, DomainLayout.identityFrame].map {
        xen_pfn_t($0)
      }
    let count = frames.count
    var mapping: UnsafeMutableRawPointer?
    try calls.make(.hypercall, "map \(count) pages: image, module, start info, special pages") {
      mapping = xenforeignmemory_map(
        host.memory, number, PROT_READ | PROT_WRITE, count, &frames, nil)
      return mapping == nil ? -1 : 0
    }
    guard let mapping else { return }
    defer { xenforeignmemory_unmap(host.memory, mapping, count) }
    let pages = UnsafeMutableRawBufferPointer(
      start: mapping, count: count * DomainLayout.pageSize)
    func part(_ frames: Range<Int>) -> UnsafeMutableRawBufferPointer {
      let size = DomainLayout.pageSize
      let start = (frames.lowerBound - content.lowerBound) * size
      return UnsafeMutableRawBufferPointer(rebasing: pages[start..<start + frames.count * size])
    }
    part(layout.image).copyMemory(from: image.bytes)
    if let module { part(layout.module).copyMemory(from: module) }
    startInfo.withUnsafeBytes { part(layout.startInfo).copyMemory(from: $0) }
    let special = part(content.upperBound..<content.upperBound + 3)
    // Empty rings. The pages behind a domain's image need not be zero, these have to be.
    if let start = special.baseAddress { memset(start, 0, 2 * DomainLayout.pageSize) }
    for entry in 0..<1024 {
      // A 4 MiB page: present, writable, user, accessed, dirty, large.
      special.storeBytes(
        of: UInt32(entry) << 22 | 0xe7, toByteOffset: 2 * DomainLayout.pageSize + entry * 4,
        as: UInt32.self)
    }
  }

  /// Console and xenstore: ports, parameters, grants.
  mutating func connect() throws(ToolstackError) {
    consolePort = try calls.make(.hypercall, "make a port for the console") {
      xc_evtchn_alloc_unbound(control, number, 0)
    }
    storePort = try calls.make(.hypercall, "make a port for xenstore") {
      xc_evtchn_alloc_unbound(control, number, 0)
    }
    let page = UInt64(DomainLayout.pageSize)
    let parameters: [(name: String, index: Int32, value: UInt64)] = [
      ("HVM_PARAM_STORE_PFN", HVM_PARAM_STORE_PFN, UInt64(DomainLayout.storeFrame)),
      ("HVM_PARAM_STORE_EVTCHN", HVM_PARAM_STORE_EVTCHN, UInt64(storePort)),
      ("HVM_PARAM_CONSOLE_PFN", HVM_PARAM_CONSOLE_PFN, UInt64(DomainLayout.consoleFrame)),
      ("HVM_PARAM_CONSOLE_EVTCHN", HVM_PARAM_CONSOLE_EVTCHN, UInt64(consolePort)),
      ("HVM_PARAM_IDENT_PT", HVM_PARAM_IDENT_PT, UInt64(DomainLayout.identityFrame) * page),
    ]
    for parameter in parameters {
      try calls.make(.hypercall, "set \(parameter.name) to \(parameter.value)") {
        xc_hvm_param_set(control, number, UInt32(parameter.index), parameter.value)
      }
    }
    // Two hypercalls: libxenctrl asks how to map the grant table, and the kernel maps it.
    try calls.make(.hypercall, "grant console and xenstore their pages") {
      xc_dom_gnttab_seed(
        control, number, true, xen_pfn_t(DomainLayout.consoleFrame),
        xen_pfn_t(DomainLayout.storeFrame), 0, 0)
    }
  }

  /// The memory map, and vCPU 0 at the image's entry.
  func start(at entry: UInt32, map: [StartInfoBlock.MapEntry]) throws(ToolstackError) {
    var entries = map.map {
      e820entry(addr: UInt64($0.address), size: UInt64($0.size), type: $0.kind)
    }
    try calls.make(.hypercall, "tell Xen the memory map") {
      xc_domain_set_memory_map(control, number, &entries, UInt32(entries.count))
    }
    let vcpus = UInt32(configuration.vcpuCount)
    var context = [UInt8](repeating: 0, count: pvh_context_size(vcpus))
    let startInfo = UInt32(layout.startInfo.lowerBound * DomainLayout.pageSize)
    context.withUnsafeMutableBytes {
      pvh_context_fill($0.baseAddress, vcpus, entry, startInfo)
    }
    try calls.make(.hypercall, "start vCPU 0 at 0x\(String(entry, radix: 16))") {
      xc_domain_hvm_setcontext(control, number, &context, UInt32(context.count))
    }
  }
}
