// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel
import Glibc
import StartInfoRecords

/// A domain while it is being built: one method for each part, in the order of the calls.
struct DomainUnderConstruction {
  let host: ControlDomain
  let calls: CreationCalls
  let configuration: DomainConfiguration
  let layout: DomainLayout
  var id = DomainID(rawValue: 0)
  var consolePort: Int32 = 0
  var storePort: Int32 = 0

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
    // Which vCPU is where in the processor, as CPUID says it, concerns domains with more than one, and
    // operating systems, which compare it with the ACPI tables.
    if vcpus > 1 || !layout.acpi.isEmpty {
      try calls.make("tell it how its vCPUs are arranged") {
        xc_cpuid_apply_policy(control, number, false, nil, 0, true, false, false, nil, nil)
      }
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
    try set("HVM_PARAM_STORE_PFN", HVM_PARAM_STORE_PFN, UInt64(DomainLayout.storeFrame))
    try set(
      "HVM_PARAM_STORE_EVTCHN", HVM_PARAM_STORE_EVTCHN, UInt64(storePort), label(storePort))
    try set("HVM_PARAM_CONSOLE_PFN", HVM_PARAM_CONSOLE_PFN, UInt64(DomainLayout.consoleFrame))
    try set(
      "HVM_PARAM_CONSOLE_EVTCHN", HVM_PARAM_CONSOLE_EVTCHN, UInt64(consolePort),
      label(consolePort))
    try set(
      "HVM_PARAM_IDENT_PT", HVM_PARAM_IDENT_PT, UInt64(DomainLayout.identityFrame) * page)
    // Two hypercalls: libxenctrl asks how to map the grant table, and the kernel maps it.
    try calls.make("grant console and xenstore their pages") {
      xc_dom_gnttab_seed(
        control, number, true, xen_pfn_t(DomainLayout.consoleFrame),
        xen_pfn_t(DomainLayout.storeFrame), 0, 0)
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
    let startInfo = UInt32(DomainLayout.address(of: layout.startInfo))
    context.withUnsafeMutableBytes {
      pvh_context_fill($0.baseAddress, vcpus, entry, startInfo)
    }
    try calls.make("start vCPU 0 at 0x\(String(entry, radix: 16))") {
      xc_domain_hvm_setcontext(control, number, &context, UInt32(context.count))
    }
  }
}

extension DomainUnderConstruction {
  /// KiB of memory from which on it is worth a question whether Xen has as much: what is taken in vain
  /// others do not have meanwhile.
  private static var largeMemoryKiB: Int { 64 << 10 }

  /// Refuses a domain that Xen has not the memory for, before any of it is taken.
  func checkFreeMemory() throws(ToolstackError) {
    guard configuration.memoryKiB > Self.largeMemoryKiB else { return }
    var free = Int.max
    try calls.make("ask how much memory is free") {
      guard let answer = host.askFreeMemoryKiB() else { return -1 }
      free = answer
      return 0
    }
    try demand(configuration.memoryKiB, of: free)
  }

  private func demand(_ needKiB: Int, of freeKiB: Int) throws(ToolstackError) {
    guard freeKiB < needKiB else { return }
    throw ToolstackError(.outOfMemory, "\(needKiB - freeKiB) KiB of memory are missing")
  }

  /// Memory, in superpages where it goes.
  func populate() throws(ToolstackError) {
    var single = layout.singlePages
    let large = layout.superpages
    if !large.isEmpty {
      var frames = large.map { xen_pfn_t($0) }
      let count = try calls.make("give it memory: \(large.count) times 2 MiB") {
        xc_domain_populate_physmap(control, number, UInt(large.count), 9, 0, &frames)
      }
      // Where Xen has no 2 MiB in one piece left, smaller pieces do.
      if calls.mode == .live, Int(count) < large.count {
        // One by one takes long, so not in vain.
        let rest = (large.count - Int(count)) * DomainLayout.superpage * 4
        try demand(rest, of: host.freeMemoryKiB)
        single += large[Int(count)...].flatMap { $0..<$0 + DomainLayout.superpage }
      }
    }
    for start in stride(from: 0, to: single.count, by: 1 << 16) {
      var frames = single[start..<min(start + 1 << 16, single.count)].map { xen_pfn_t($0) }
      try calls.make("give it memory: \(frames.count) times 4 KiB") {
        let count = xc_domain_populate_physmap(control, number, UInt(frames.count), 0, 0, &frames)
        if count >= 0, Int(count) < frames.count { errno = ENOMEM }
        return Int(count) == frames.count ? 0 : -1
      }
    }
  }

  /// Copies image, module, start info and ACPI tables into the domain, and prepares its special pages.
  func fill(
    _ image: LoadedImage, module: UnsafeRawBufferPointer?, acpi: [UInt8], startInfo: [UInt8]
  ) throws(ToolstackError) {
    let content = layout.image.lowerBound..<layout.startInfo.upperBound
    var frames =
      content.map { xen_pfn_t($0) }
      + [DomainLayout.storeFrame, DomainLayout.consoleFrame, DomainLayout.identityFrame].map {
        xen_pfn_t($0)
      } + layout.acpi.map { xen_pfn_t($0) }
    let count = frames.count
    var mapping: UnsafeMutableRawPointer?
    let tables = acpi.isEmpty ? "" : ", ACPI tables"
    try calls.make("map \(count) pages: image, module, start info, special pages\(tables)") {
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
    let behind = content.upperBound + 3
    acpi.withUnsafeBytes { part(behind..<behind + layout.acpi.count).copyMemory(from: $0) }
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
}

extension DomainUnderConstruction {
  /// How often a transaction is tried that others come in between of.
  private static var attemptLimit: Int { 200 }

  /// Writes the domain's nodes in one transaction, and tells xenstored of the domain.
  func introduce() throws(ToolstackError) {
    try register()
    try calls.ask(
      "introduce the domain, its page and its port \(label(storePort))", planned: ()
    ) { () throws(XenstoreFailure) in
      try host.store.introduce(id, frame: DomainLayout.storeFrame, port: storePort)
    }
  }

  private func register() throws(ToolstackError) {
    let registration = DomainRegistration(
      store: host.store, calls: calls, id: id, label: label, name: configuration.name,
      consolePort: label(consolePort),
      announcedVCPUs: layout.acpi.isEmpty ? 0 : configuration.vcpuCount)
    let turn = calls.mode == .live ? CreationLock() : nil
    defer { turn?.end() }
    for _ in 0..<Self.attemptLimit where try registration.attempt(listing: domains) { return }
    throw ToolstackError(
      .other,
      "others changed xenstore during each of \(Self.attemptLimit) attempts to write the nodes of "
        + "domain \(id): try again")
  }

  /// The numbers of all domains.
  private func domains() throws(ToolstackError) -> Set<Int> {
    let portion = 256
    var numbers: Set<Int> = []
    var next: UInt32 = 0
    while true {
      var found = [xc_domaininfo_t](repeating: xc_domaininfo_t(), count: portion)
      let count = try calls.make("list the domains from \(next) on") {
        xc_domain_getinfolist(host.control, next, UInt32(portion), &found)
      }
      for information in found.prefix(Int(count)) { numbers.insert(Int(information.domain)) }
      guard count == portion, let last = found.last else { return numbers }
      next = UInt32(last.domain) + 1
    }
  }
}
