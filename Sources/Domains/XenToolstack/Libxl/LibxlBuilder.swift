// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import HostJSON
import SystemPackage
public import XenDomainModel

/// Makes domains as `xl` does, with everything that a user of the toolstack expects.
public struct LibxlBuilder: DomainBuilder {
  let host: ControlDomain
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
    guard configuration.modules.count <= 1 else {
      throw ToolstackError(
        .badConfiguration,
        "\(configuration.modules.count) modules: libxenlight gives a domain one; build it with xenguest"
      )
    }
    let libxl = try host.libxl()
    let backings = try image.backings(of: configuration)
    try ControlDomainNetwork.prepare(for: configuration.interfaces)
    var holder: UInt32 = 0
    if pvh_libxl_find(libxl.context, configuration.name, &holder) {
      throw ToolstackError(
        .nameTaken,
        "domain \(holder) is named \"\(configuration.name)\" already: choose another name, or destroy "
          + "that domain")
    }
    host.log.clear(isDetailed: isVerbose)
    let replaced = try image.module.flatMap { module throws(ToolstackError) in
      try Self.fileToLoad(for: module)
    }
    var loaded = image
    loaded.module = replaced ?? image.module
    let description = Self.description(
      of: configuration, image: loaded, uuid: uuid, disks: backings)
    var id: UInt32 = 0
    var status: Int32 = 0
    switch pvh_libxl_create(libxl.context, description, &id, &status) {
    case PVH_LIBXL_DONE: break
    case PVH_LIBXL_MISUNDERSTOOD:
      throw ToolstackError(
        .xenUnavailable,
        "libxenlight \(libxl.version) does not take the description of a domain that this program "
          + "makes; use --loader xenguest", log: host.log.text)
    default:
      let error = host.diagnosis(
        of: configuration, "libxenlight could not create the domain (error \(status))")
      // libxenlight removes what it had built; this is for the case that it could not.
      if let rest = try? host.domain(with: uuid) { try? destroy(rest) }
      throw error
    }
    let domain = Domain(id: DomainID(rawValue: id), uuid: uuid)
    do throws(ToolstackError) {
      for backing in backings {
        let nodes = DiskNodes(domain: "\(domain.id)", name: backing.disk.name)
        try host.store.write(nodes.origin, backing.disk.path)
        try BlockBackend(nodes: nodes).waitUntilTaken(backing.disk, host.store)
      }
      if let replaced { try restoreModule(replaced, of: domain) }
      return domain
    } catch {
      try? destroy(domain)
      throw error
    }
  }

  /// A domain in libxenlight's own JSON. Source: `tools/libs/light/libxl_types.idl` in Xen's tree, whose
  /// names and forms are the same in all versions from 4.17 on.
  static func description(
    of configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID,
    disks: [DiskBacking] = []
  ) -> String {
    func object(_ members: KeyValuePairs<String, JSONValue?>) -> JSONValue {
      .object(members.compactMap { key, value in value.map { JSONMember(key, $0) } })
    }
    let memory = JSONValue.integer(configuration.memoryKiB)
    let whole = object([
      "c_info": object([
        "type": .string("pvh"), "name": .string(configuration.name),
        "uuid": .string(uuid.grouped),
      ]),
      "b_info": object([
        // Left to itself libxenlight sizes the paging pool of a small domain for more vCPUs than the
        // domain has memory for.
        "max_vcpus": .integer(configuration.vcpuCount),
        "avail_vcpus": .array((0..<configuration.vcpuCount).map { .integer($0) }),
        "max_memkb": memory, "target_memkb": memory,
        "tsc_mode": configuration.nativeTimestampCounter ? .string("native") : nil,
        "kernel": .string(image.kernel.path),
        "ramdisk": image.module.map { .string($0.path) },
        "cmdline": .string(configuration.commandLine),
        "type.pvh": object([:]),
      ]),
      "disks": disks.isEmpty
        ? nil
        : .array(
          disks.map { backing in
            object([
              "pdev_path": .string(backing.path.string),
              "vdev": .string(backing.disk.name.description), "backend": .string("phy"),
              "format": .string("raw"), "readwrite": .integer(backing.disk.isReadOnly ? 0 : 1),
            ])
          }),
      "nics": configuration.interfaces.isEmpty
        ? nil
        : .array(
          configuration.interfaces.enumerated().map { index, interface in
            object([
              "devid": .integer(index), "mac": .string(interface.mac.description),
              "bridge": .string(interface.bridge), "nictype": .string("vif"),
              "ip": interface.address.map { .string($0.description) },
            ])
          }),
    ])
    return String(decoding: whole.serialised(), as: UTF8.self)
  }

  /// Destroys a domain in any state.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    host.log.clear()
    if try host.state(of: domain) == .gone { return }
    // libxenlight removes a domain's nodes even if Xen lets it do nothing else.
    try host.stop(domain)
    let status = pvh_libxl_destroy(try host.libxl().context, domain.id.rawValue)
    let log = host.log.text
    do throws(ToolstackError) {
      try host.waitUntilForgotten(domain)
    } catch  where status != 0 {
      // It is no error that somebody else destroys the domain at the same time.
      throw ToolstackError(
        .other,
        "libxenlight could not destroy domain \(domain.id) (error \(status)): "
          + "try 'xl destroy \(domain.id)'", log: log)
    }
    // A builder that looked for a free name has entered it.
    try host.removeIndexEntry(of: domain.id)
  }
}
