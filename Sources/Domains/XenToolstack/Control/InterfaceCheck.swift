// SPDX-License-Identifier: Apache-2.0

import CXenInterface
import CXenLight
import Glibc
import HostSystem
import Synchronization
import XenDomainModel

/// Finds out which version of its privileged interface the running Xen has.
///
/// Xen refuses every call of another version with `EACCES`. Some calls have the same version in several
/// releases, so that a program for another release may list domains and fail at changing them: two calls
/// that change nothing, one of each kind, tell before anything is done.
package enum InterfaceCheck {
  /// The environment variable that, set to `try`, has numbers tried that are newer than all known ones.
  package static let variable = "PVHKIT_NEW_XEN"

  /// What has been found out: a process sees one Xen in its life.
  private static let found = Mutex<Found?>(nil)

  private struct Found {
    var release: String
    var isKnown: Bool
  }

  /// Asks Xen.
  ///
  /// - Throws: a `ToolstackError` with the versions.
  package static func run() throws(ToolstackError) {
    let log = LibraryLog()
    guard let control = xc_interface_open(log.logger, log.logger, 0) else {
      throw ToolstackError(.xenUnavailable, "libxenctrl cannot reach Xen", log: log.text)
    }
    defer { xc_interface_close(control) }
    try run(control, log)
  }

  static func run(_ control: OpaquePointer, _ log: LibraryLog) throws(ToolstackError) {
    let isDone = found.withLock { $0 != nil }
    if isDone { return }
    let running = xenVersion(control)
    let domctl = number(among: numbers(\.domctl, built: pvh_compiled_domctl)) { number in
      pvh_interface_use(number, pvh_compiled_sysctl)
      var vcpu = xc_vcpuinfo_t()
      return xc_vcpu_getinfo(control, 0, 0, &vcpu) < 0 && errno == EACCES
    }
    let sysctl = number(among: numbers(\.sysctl, built: pvh_compiled_sysctl)) { number in
      pvh_interface_use(pvh_compiled_domctl, number)
      var domain = xc_domaininfo_t()
      return xc_domain_getinfolist(control, 0, 1, &domain) < 0 && errno == EACCES
    }
    guard let domctl, let sysctl else {
      pvh_interface_use(pvh_compiled_domctl, pvh_compiled_sysctl)
      throw refusal(running: running, log: log.text)
    }
    pvh_interface_use(domctl, sysctl)
    log.clear()
    let newest = interfaces.last
    let isKnown = domctl <= newest?.domctl ?? 0 && sysctl <= newest?.sysctl ?? 0
    found.withLock { $0 = Found(release: release(of: running), isKnown: isKnown) }
  }

  private static func number(among numbers: [UInt32], isRefused: (UInt32) -> Bool) -> UInt32? {
    numbers.first { !isRefused($0) }
  }

  /// The numbers to try, that of the headers first.
  private static func numbers(_ kind: KeyPath<pvh_interface, UInt32>, built: UInt32) -> [UInt32] {
    // The calls of a program that is linked with shared libraries are those of the libraries.
    guard pvh_interface_is_wrapped() else { return [built] }
    var result = [built]
    for interface in interfaces.reversed() where !result.contains(interface[keyPath: kind]) {
      result.append(interface[keyPath: kind])
    }
    if ProcessEnvironment[variable] == "try", let newest = result.max() {
      result += newest + 1...newest + 8
    }
    return result
  }

  /// Whether the running Xen is newer than all that this program knows, and its numbers were tried.
  static var isUnknown: Bool { found.withLock { $0.map { !$0.isKnown } ?? false } }

  /// Major and minor number of the running Xen; nil if it has not been asked.
  static var runningRelease: String? { found.withLock { $0?.release } }

  /// Whether xenconsoled tells a guest that it serves its console, so that the guest may wait for it: from
  /// Xen 4.21 on.
  static var consolesAnnounceThemselves: Bool {
    guard let numbers = runningRelease?.split(separator: ".").compactMap({ Int($0) }),
      numbers.count == 2
    else { return false }
    return (numbers[0], numbers[1]) >= (4, 21)
  }

  private static var interfaces: UnsafeBufferPointer<pvh_interface> {
    UnsafeBufferPointer(start: pvh_interface_table(), count: pvh_interface_count)
  }

  /// The releases of Xen that this program drives, from the oldest to the newest.
  package static var releases: [String] {
    guard pvh_interface_is_wrapped() else {
      return interfaces.filter {
        $0.domctl == pvh_compiled_domctl && $0.sysctl == pvh_compiled_sysctl
      }
      .flatMap(releases)
    }
    return interfaces.flatMap(releases)
  }

  private static func releases(_ interface: pvh_interface) -> [String] {
    String(cString: interface.releases).split(separator: " ").filter { $0 != "and" }.map(
      String.init)
  }

  /// The same in words, such as "4.17 to 4.22".
  package static var knownReleases: String {
    let all = releases
    guard let first = all.first, let last = all.last else { return "none" }
    return first == last ? first : "\(first) to \(last)"
  }

  static func refusal(running: String, log: [String] = []) -> ToolstackError {
    ToolstackError(
      .xenUnavailable,
      "Xen \(running) runs here, and this program knows Xen \(knownReleases), whose calls it refuses; "
        + "use a pvh that knows Xen \(release(of: running))"
        + (pvh_interface_is_wrapped()
          ? ", or have newer calls tried in the form of the newest known: \(variable)=try" : ""),
      log: log)
  }

  /// "4.17" of "4.17.7".
  private static func release(of version: String) -> String {
    version.split(separator: ".").prefix(2).map { $0.prefix { $0.isNumber } }
      .joined(separator: ".")
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
