// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// This process's handles to Xen: it runs in the control domain and drives the others.
public final class ControlDomain {
  let log: LibraryLog
  /// C name: `libxl_ctx`.
  let libxl: OpaquePointer
  /// C name: `xc_interface`.
  let control: OpaquePointer
  /// C name: `xs_handle`.
  let store: XenstoreConnection
  private let childRules: UnsafeMutablePointer<libxl_childproc_hooks>

  /// Opens the libraries; fails in a domain that is not the control domain, or without Xen.
  public init() throws(ToolstackError) {
    let log = LibraryLog()
    guard access("/dev/xen/privcmd", R_OK | W_OK) == 0 || access("/proc/xen/privcmd", R_OK) == 0
    else {
      throw ToolstackError(
        .xenUnavailable,
        "/dev/xen/privcmd cannot be opened (\(String(cString: strerror(errno)))): "
          + "run this as root in Xen's control domain")
    }
    var context: OpaquePointer?
    guard libxl_ctx_alloc(&context, LIBXL_VERSION, 0, log.logger) == 0, let context else {
      throw ToolstackError(
        .xenUnavailable,
        "libxenlight cannot reach Xen: is xenstored running, and is the running Xen of the "
          + "version that this agent was built for?", log: log.text)
    }
    guard let control = xc_interface_open(log.logger, log.logger, 0) else {
      libxl_ctx_free(context)
      throw ToolstackError(.xenUnavailable, "libxenctrl cannot reach Xen", log: log.text)
    }
    do {
      store = try XenstoreConnection()
    } catch {
      xc_interface_close(control)
      libxl_ctx_free(context)
      throw error
    }
    // libxenlight forks to destroy domains; it is to reap only those children.
    childRules = .allocate(capacity: 1)
    childRules.initialize(
      to: libxl_childproc_hooks(
        chldowner: libxl_sigchld_owner_libxl_always_selective_reap, fork_replacement: nil,
        reaped_callback: nil))
    libxl_childproc_setmode(context, childRules, nil)
    self.log = log
    self.libxl = context
    self.control = control
  }

  deinit {
    xc_interface_close(control)
    libxl_ctx_free(libxl)
    childRules.deallocate()
  }

  /// The version of the running Xen, such as "4.17.7".
  public var xenVersion: String {
    guard let version = libxl_get_version_info(libxl)?.pointee else { return "unknown" }
    let extra = version.xen_version_extra.map { String(cString: $0) } ?? ""
    return "\(version.xen_version_major).\(version.xen_version_minor)\(extra)"
  }

  /// Memory in KiB that Xen has left for new domains.
  public var freeMemoryKiB: Int {
    var memory: UInt64 = 0
    guard libxl_get_free_memory(libxl, &memory) == 0 else { return 0 }
    return Int(clamping: memory)
  }

  /// Lets a paused domain run.
  public func unpause(_ domain: Domain) throws(ToolstackError) {
    guard xc_domain_unpause(control, domain.id.rawValue) == 0 else {
      throw ToolstackError(call: "unpausing domain \(domain.id)")
    }
  }

  /// Makes Xen report a triple fault as a crash; by itself it takes it for a wish to reboot.
  public func reportTripleFaultsAsCrash(of domain: Domain) throws(ToolstackError) {
    let reason = UInt64(SHUTDOWN_crash)
    let parameter = UInt32(HVM_PARAM_TRIPLE_FAULT_REASON)
    guard xc_hvm_param_set(control, domain.id.rawValue, parameter, reason) == 0 else {
      throw ToolstackError(call: "setting the triple fault reason of domain \(domain.id)")
    }
  }
}
