// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
public import DomainModel

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
