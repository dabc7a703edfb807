// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import StartInfoRecords
public import XenDomainModel

/// Makes domains directly, by some twenty hypercalls and one transaction of xenstore.
///
/// xl sees such a domain as it sees its own: by name in `xl list`, and for `xl console`,
/// `xl shutdown` and `xl destroy`. It has ACPI tables unless its image is a guest of this project's
/// runtime, which uses none; of devices it can have disks and network interfaces. It has none of libxenlight's saved configuration,
/// without which `xl list -l`, `xl save` and `xl mem-set` do not work: for those there is ``LibxlBuilder``.
public struct XenguestBuilder: DomainBuilder {
  let host: ControlDomain
  private let calls: CreationCalls?
  private let isVerbose: Bool
  private let variation: LaunchVariation?

  /// Builds domains through the handles of a control domain.
  ///
  /// `calls` counts the calls of one creation, or lets one of them fail; `variation` makes the launch odd.
  public init(
    host: ControlDomain, calls: CreationCalls? = nil, isVerbose: Bool = false,
    variation: LaunchVariation? = nil
  ) {
    self.host = host
    self.calls = calls
    self.variation = variation
    self.isVerbose = isVerbose
  }

  /// Builds a PVH domain and leaves it paused.
  public func create(_ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID)
    throws(ToolstackError) -> Domain
  {
    try build(configuration, image: image, uuid: uuid, calls: calls ?? CreationCalls())
  }

  /// The calls that a creation would make, in their order; none of them is made.
  ///
  /// The image is read, so that one that Xen would refuse is refused here too.
  public func plan(_ configuration: DomainConfiguration, image: DomainImage)
    throws(ToolstackError) -> [CreationCall]
  {
    let calls = CreationCalls(.planning)
    _ = try build(configuration, image: image, uuid: .random(), calls: calls)
    return calls.made
  }

  private func build(
    _ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID,
    calls: CreationCalls
  ) throws(ToolstackError) -> Domain {
    var configuration = configuration
    if variation == .oddMemory, configuration.memoryKiB % 8 == 0 { configuration.memoryKiB -= 4 }
    try configuration.validate()
    host.log.clear(isDetailed: isVerbose)
    let kernel = try MappedFile(image.kernel)
    let module = try image.module.map { file throws(ToolstackError) in try MappedFile(file) }
    let loaded = try LoadedImage(
      kernel.bytes, for: configuration, host: host)
    if let obstacle = variation?.obstacle(
      in: configuration, room: loaded.frames.lowerBound - 1, moduleBytes: module?.bytes.count ?? 0)
    {
      throw ToolstackError(.badConfiguration, obstacle)
    }
    let backings = calls.mode == .live ? try image.backings(of: configuration) : []
    if calls.mode == .live { try ControlDomainNetwork.prepare(for: configuration.interfaces) }
    var startInfo = StartInfoRecord()
    startInfo.commandLine = Array(configuration.commandLine.utf8)
    let vcpus = configuration.vcpuCount
    let wantsTables =
      switch variation {
      case .withRSDP: true
      case .withoutRSDP: false
      default: loaded.expectsPlatform
      }
    let acpiSize = wantsTables ? ACPITables.size(vcpuCount: vcpus) : 0
    startInfo.memoryMap = DomainLayout.memoryMap(
      pageCount: configuration.memoryKiB / 4, acpiSize: acpiSize)
    let modules = try modules(configuration, fileSize: module?.bytes.count)
    startInfo.modules = modules.map { .init(address: 0, size: UInt64($0.count)) }
    var map = startInfo.memoryMap
    variation?.change(&startInfo)
    let arrangement = variation?.arrangement ?? .packed
    // The page at 4 GiB needs an entry of the map.
    let entryBehind = variation == .startInfoUnder4GiB ? 24 : 0
    let layout: DomainLayout
    do {
      layout = try DomainLayout(
        memoryKiB: configuration.memoryKiB, image: loaded.frames,
        moduleSize: module?.bytes.count ?? 0,
        startInfoSize: startInfo.encoded(at: 0, arrangement).count + entryBehind,
        acpiSize: acpiSize, variation: variation)
    } catch {
      throw ToolstackError(
        .badConfiguration,
        "image, module and start info do not fit into \(configuration.memoryKiB) KiB of memory: "
          + "give the domain more")
    }
    var domain = DomainUnderConstruction(
      host: host, calls: calls, configuration: configuration, layout: layout,
      variation: variation)
    domain.diskNumbers = backings.map(\.number)
    if !layout.extra.isEmpty {
      let extra = DomainLayout.range(layout.extra, 1)
      startInfo.memoryMap.append(extra)
      map.append(extra)
    }
    do throws(ToolstackError) {
      try domain.checkFreeMemory()
      try domain.make(uuid)
      try domain.setLimits()
      try domain.populate()
      if variation == .dirtyMemory { try domain.soil() }
      for (index, part) in modules.enumerated() {
        startInfo.modules[index].address =
          DomainLayout.address(of: layout.module) + UInt64(part.lowerBound)
      }
      var tables: [UInt8] = []
      if acpiSize > 0 {
        startInfo.rsdpAddress = DomainLayout.address(of: layout.acpi)
        tables = ACPITables(vcpuCount: vcpus, at: UInt32(startInfo.rsdpAddress)).bytes
      }
      try domain.fill(
        loaded, module: module?.bytes, acpi: tables,
        startInfo: startInfo.encoded(
          at: DomainLayout.address(of: layout.startInfo), arrangement))
      try domain.connect()
      try domain.start(at: loaded.entry, map: map)
      try domain.introduce()
      for backing in backings {
        try BlockBackend(nodes: DiskNodes(domain: domain.label, name: backing.disk.name))
          .waitUntilTaken(backing.disk, host.store)
      }
      if calls.mode == .live {
        for (index, interface) in configuration.interfaces.enumerated() {
          try NetworkBackend(nodes: InterfaceNodes(domain: domain.label, number: index))
            .join(interface.bridge, host.store)
        }
      }
    } catch {
      let log = host.log.text
      var second: ToolstackError?
      // Number 0 is nobody's here: no domain has been made.
      if domain.id.rawValue != 0 {
        do throws(ToolstackError) {
          try destroy(Domain(id: domain.id, uuid: uuid))
        } catch let other {
          second = other
        }
      }
      // What is free is asked when the part that was built has been given back.
      var explained = explanation(of: error, configuration)
      if explained.log.isEmpty { explained.log = log }
      if let second { explained.message += "; and then: \(second.message)" }
      throw explained
    }
    return Domain(id: domain.id, uuid: uuid)
  }

  /// The parts of the module file that the guest is told of.
  private func modules(_ configuration: DomainConfiguration, fileSize: Int?)
    throws(ToolstackError) -> [Range<Int>]
  {
    guard let fileSize else { return [] }
    let parts = configuration.modules.isEmpty ? [0..<fileSize] : configuration.modules
    guard parts.allSatisfy({ $0.lowerBound >= 0 && $0.upperBound <= fileSize }) else {
      throw ToolstackError(
        .badConfiguration, "a module reaches beyond the \(fileSize) bytes of their file")
    }
    return parts
  }

  private func explanation(of error: ToolstackError, _ configuration: DomainConfiguration)
    -> ToolstackError
  {
    var error = error
    if error.kind == .outOfMemory {
      error.message =
        "Xen could not give the domain \(configuration.memoryKiB) KiB and what it needs besides "
        + "(\(error.message)); \(host.freeMemoryKiB) KiB are free: ask for less, or make room with "
        + "'xl mem-set 0' in the control domain"
    }
    return error
  }

  /// Destroys any domain without devices of libxenlight's.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    host.log.clear()
    try host.destroyDirectly(domain)
  }
}
