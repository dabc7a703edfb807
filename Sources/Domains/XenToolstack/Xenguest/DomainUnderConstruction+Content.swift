// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import XenDomainModel

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
    let content = Array(layout.image) + Array(layout.module) + Array(layout.startInfo)
    var frames =
      content.map { xen_pfn_t($0) }
      + [layout.storeFrame, layout.consoleFrame, DomainLayout.identityFrame].map {
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
    var used = 0
    func part(_ count: Int) -> UnsafeMutableRawBufferPointer {
      let start = used * DomainLayout.pageSize
      used += count
      return UnsafeMutableRawBufferPointer(
        rebasing: pages[start..<used * DomainLayout.pageSize])
    }
    part(layout.image.count).copyMemory(from: image.bytes)
    let modulePart = part(layout.module.count)
    if let module { modulePart.copyMemory(from: module) }
    let startInfoPart = part(layout.startInfo.count)
    startInfo.withUnsafeBytes { startInfoPart.copyMemory(from: $0) }
    let special = part(3)
    let tablesPart = part(layout.acpi.count)
    acpi.withUnsafeBytes { tablesPart.copyMemory(from: $0) }
    // Empty rings. The pages behind a domain's image need not be zero, these have to be.
    if let start = special.baseAddress { memset(start, 0, 2 * DomainLayout.pageSize) }
    if InterfaceCheck.consolesAnnounceThemselves || variation == .consoleUnserved {
      special[DomainLayout.pageSize + Self.consoleConnection] = 1
    }
    for entry in 0..<1024 {
      // A 4 MiB page: present, writable, user, accessed, dirty, large.
      special.storeBytes(
        of: UInt32(entry) << 22 | 0xe7, toByteOffset: 2 * DomainLayout.pageSize + entry * 4,
        as: UInt32.self)
    }
  }
}

extension DomainUnderConstruction {
  /// Where a console's page says whether somebody serves it: 1 for nobody yet. Source: `connection` in
  /// `xen/include/public/io/console.h` from Xen 4.21 on.
  private static var consoleConnection: Int { 3088 }

  /// How often a transaction is tried that others come in between of.
  private static var attemptLimit: Int { 200 }

  /// Writes the domain's nodes in one transaction, and tells xenstored of the domain.
  func introduce() throws(ToolstackError) {
    try register()
    try calls.ask(
      "introduce the domain, its page and its port \(label(storePort))", planned: ()
    ) { () throws(XenstoreFailure) in
      try host.store.introduce(id, frame: layout.storeFrame, port: storePort)
    }
    // xenstored has put its own indices to 0.
    if let variation, variation == .ringIndices {
      try startRings(at: variation.firstRingIndex)
    }
  }

  private func register() throws(ToolstackError) {
    let registration = DomainRegistration(
      store: host.store, calls: calls, id: id, label: label, name: configuration.name,
      consolePort: label(consolePort), consoleFrame: layout.consoleFrame,
      announcedVCPUs: layout.acpi.isEmpty ? 0 : configuration.vcpuCount, devices: deviceRequests)
    let turn = calls.mode == .live ? CreationLock() : nil
    defer { turn?.end() }
    for _ in 0..<Self.attemptLimit where try registration.attempt(listing: domains) { return }
    throw ToolstackError(
      .other,
      "others changed xenstore during each of \(Self.attemptLimit) attempts to write the nodes of "
        + "domain \(id): try again")
  }

  private var deviceRequests: [NodeRequest] {
    let disks = configuration.disks.enumerated().flatMap { index, disk in
      DiskNodes(domain: label, name: disk.name).requests(
        for: disk, deviceNumber: index < diskNumbers.count ? diskNumbers[index] : "MAJOR:MINOR")
    }
    return disks
      + configuration.interfaces.enumerated().flatMap { index, interface in
        InterfaceNodes(domain: label, number: index).requests(for: interface)
      }
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
