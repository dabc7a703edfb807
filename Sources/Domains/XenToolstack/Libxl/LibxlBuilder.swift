// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
public import DomainModel
import Glibc

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
    var holder: UInt32 = 0
    if libxl_name_to_domid(libxl, configuration.name, &holder) == 0 {
      throw ToolstackError(
        .nameTaken,
        "domain \(holder) is named \"\(configuration.name)\" already: choose another name, or destroy "
          + "that domain")
    }
    host.log.clear(isDetailed: isVerbose)
    var native = libxl_domain_config()
    libxl_domain_config_init(&native)
    defer { libxl_domain_config_dispose(&native) }
    let replaced = try image.module.flatMap { module throws(ToolstackError) in
      try Self.fileToLoad(for: module)
    }
    var loaded = image
    loaded.module = replaced ?? image.module
    try fill(&native, libxl, from: configuration, image: loaded, uuid: uuid)
    var id: UInt32 = 0
    let status = libxl_domain_create_new(libxl, &native, &id, nil, nil)
    guard status == 0 else {
      let error = host.diagnosis(
        of: configuration, "libxenlight could not create the domain (error \(status))")
      // libxenlight removes what it had built; this is for the case that it could not.
      if let rest = try? host.domain(with: uuid) { try? destroy(rest) }
      throw error
    }
    let domain = Domain(id: DomainID(rawValue: id), uuid: uuid)
    guard let replaced else { return domain }
    do throws(ToolstackError) {
      try restoreModule(replaced, of: domain)
      return domain
    } catch {
      try? destroy(domain)
      throw error
    }
  }

  private func fill(
    _ native: inout libxl_domain_config, _ libxl: OpaquePointer,
    from configuration: DomainConfiguration,
    image: DomainImage, uuid: DomainUUID
  ) throws(ToolstackError) {
    native.c_info.type = LIBXL_DOMAIN_TYPE_PVH
    native.c_info.name = strdup(configuration.name)
    native.c_info.uuid = uuid.libxl
    libxl_domain_build_info_init_type(&native.b_info, LIBXL_DOMAIN_TYPE_PVH)
    native.b_info.max_memkb = UInt64(configuration.memoryKiB)
    native.b_info.target_memkb = UInt64(configuration.memoryKiB)
    native.b_info.kernel = strdup(image.kernel.path)
    native.b_info.ramdisk = image.module.flatMap { strdup($0.path) }
    native.b_info.cmdline = strdup(configuration.commandLine)
    if configuration.nativeTimestampCounter { native.b_info.tsc_mode = LIBXL_TSC_MODE_NATIVE }
    // Left to itself libxenlight sizes the paging pool of a small domain for more vCPUs than the
    // domain has memory for.
    let count = Int32(configuration.vcpuCount)
    native.b_info.max_vcpus = count
    guard libxl_cpu_bitmap_alloc(libxl, &native.b_info.avail_vcpus, count) == 0 else {
      throw ToolstackError(.other, "no memory for a bitmap of \(count) vCPUs")
    }
    for vcpu in 0..<count { libxl_bitmap_set(&native.b_info.avail_vcpus, vcpu) }
  }

  /// Destroys a domain in any state.
  public func destroy(_ domain: Domain) throws(ToolstackError) {
    host.log.clear()
    if try host.state(of: domain) == .gone { return }
    // libxenlight removes a domain's nodes even if Xen lets it do nothing else.
    try host.stop(domain)
    let status = libxl_domain_destroy(try host.libxl(), domain.id.rawValue, nil)
    guard status == 0 || status == ERROR_DOMAIN_NOTFOUND.rawValue else {
      throw ToolstackError(
        .other,
        "libxenlight could not destroy domain \(domain.id) (error \(status)): "
          + "try 'xl destroy \(domain.id)'", log: host.log.text)
    }
    try host.waitUntilForgotten(domain)
    // A builder that looked for a free name has entered it.
    try host.removeIndexEntry(of: domain.id)
  }
}

/// libxenlight, opened.
public final class Libxl {
  /// C name: `libxl_ctx`.
  let context: OpaquePointer
  private let childRules: UnsafeMutablePointer<libxl_childproc_hooks>

  init(log: LibraryLog) throws(ToolstackError) {
    try Self.load()
    var context: OpaquePointer?
    guard libxl_ctx_alloc(&context, LIBXL_VERSION, 0, log.logger) == 0, let context else {
      throw ToolstackError(
        .xenUnavailable,
        "libxenlight cannot reach Xen: is xenstored running, and is the running Xen of the "
          + "version that this agent was built for?", log: log.text)
    }
    // libxenlight forks to destroy domains; it is to reap only those children.
    childRules = .allocate(capacity: 1)
    childRules.initialize(
      to: libxl_childproc_hooks(
        chldowner: libxl_sigchld_owner_libxl_always_selective_reap, fork_replacement: nil,
        reaped_callback: nil))
    libxl_childproc_setmode(context, childRules, nil)
    self.context = context
  }

  /// Whether this program can load libraries: one that is linked statically has no dynamic linker.
  static var canBeLoaded: Bool { pvh_libxl_can_load() }

  /// Loads the library; there need not be a Xen.
  public static func load() throws(ToolstackError) {
    guard canBeLoaded else {
      throw ToolstackError(
        .xenUnavailable, "libxenlight cannot be loaded into this program, but into pvh-agent")
    }
    guard let reason = pvh_libxl_load() else { return }
    throw ToolstackError(
      .xenUnavailable,
      "error while loading shared libraries: \(String(cString: reason)); this agent needs the "
        + "libraries of the Xen that it is built for")
  }

  deinit {
    libxl_ctx_free(context)
    childRules.deallocate()
  }
}
