// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
import HostSystem
import XenDomainModel

/// libxenlight of the version that runs, opened.
public final class Libxl {
  /// C name: `libxl_ctx`.
  let context: OpaquePointer
  /// The library's version, such as "4.17".
  let version: String

  init(version: String, log: LibraryLog) throws(ToolstackError) {
    try Self.load(version)
    guard let context = pvh_libxl_open(log.logger) else {
      throw ToolstackError(
        .xenUnavailable, "libxenlight \(version) cannot reach Xen: is xenstored running?",
        log: log.text)
    }
    self.context = context
    self.version = version
  }

  /// Whether this program can load libraries: one that is linked statically has no dynamic linker.
  static var canBeLoaded: Bool { pvh_libxl_can_load() }

  /// Loads the library of a version such as "4.17"; there need not be a Xen.
  public static func load(_ version: String) throws(ToolstackError) {
    guard canBeLoaded else {
      throw ToolstackError(
        .xenUnavailable, "libxenlight cannot be loaded into this program, but into pvh-agent")
    }
    guard let reason = pvh_libxl_load(version) else { return }
    throw ToolstackError(
      .xenUnavailable,
      "libxenlight of Xen \(version) cannot be loaded: \(String(cString: reason)); install it (on "
        + "Debian libxenmisc\(version)), or use --loader xenguest, which does without")
  }

  deinit { pvh_libxl_close(context) }
}

/// A library of Xen's that is no part of this program, in whichever version is there.
enum XenLibraryVersion {
  /// Versions to look for: that of the running Xen, or without a Xen all that are known, the newest first.
  static var candidates: [String] {
    if let running = InterfaceCheck.runningRelease { return [running] }
    return InterfaceCheck.releases.reversed()
  }
}
