// SPDX-License-Identifier: Apache-2.0

import CLibxlLoader
import CXenLight
import DomainModel
import Glibc

/// Whether the running Xen takes the privileged calls of the version that this program was built for.
///
/// Xen refuses every call of another version with `EACCES`. Some calls have the same version in several
/// releases, so that an agent of another release may list domains and fail at changing them: two calls
/// that change nothing tell before anything is done.
package enum InterfaceCheck {
  /// Asks Xen.
  ///
  /// - Throws: a `ToolstackError` with both versions.
  package static func run() throws(ToolstackError) {
    let log = LibraryLog()
    guard let control = xc_interface_open(log.logger, log.logger, 0) else {
      throw ToolstackError(.xenUnavailable, "libxenctrl cannot reach Xen", log: log.text)
    }
    defer { xc_interface_close(control) }
    try run(control, log)
  }

  static func run(_ control: OpaquePointer, _ log: LibraryLog) throws(ToolstackError) {
    var vcpu = xc_vcpuinfo_t()
    var domain = xc_domaininfo_t()
    // One of each kind; C names: `XEN_DOMCTL_INTERFACE_VERSION`, `XEN_SYSCTL_INTERFACE_VERSION`.
    for call in [
      { xc_vcpu_getinfo(control, 0, 0, &vcpu) },
      { xc_domain_getinfolist(control, 0, 1, &domain) },
    ] where call() < 0 && errno == EACCES {
      throw refusal(running: xenVersion(control), log: log.text)
    }
  }

  /// The release of Xen that this program was built for, such as "4.17".
  package static var builtFor: String { String(cString: pvh_library_version()) }

  static func refusal(running: String, log: [String] = []) -> ToolstackError {
    ToolstackError(
      .xenUnavailable,
      "Xen \(running) runs here, and this pvh was built for Xen "
        + "\(builtFor), whose calls it refuses; use a pvh that was "
        + "built for Xen \(running.split(separator: ".").prefix(2).joined(separator: "."))",
      log: log)
  }

  /// The version of the running Xen, such as "4.17.7".
  static func xenVersion(_ control: OpaquePointer) -> String {
    let version = xc_version(control, XENVER_version, nil)
    guard version >= 0 else { return "unknown" }
    var extra = [CChar](repeating: 0, count: 16)  // C name: `XEN_EXTRAVERSION_LEN`
    guard xc_version(control, XENVER_extraversion, &extra) == 0 else { return "unknown" }
    let bytes = extra.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return "\(version >> 16).\(version & 0xffff)\(String(decoding: bytes, as: UTF8.self))"
  }
}
