// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The program that serves xenstore in the lab's dom0: Xen has two, and a host runs either.
///
/// They agree on the protocol, and differ in what it leaves open: the names of errors, quotas, and
/// how much of a ring they take at once.
public enum XenstoreDaemon: String, CaseIterable, Codable, Sendable {
  /// The one in C, which Debian starts. Source: Xen's tools/xenstore.
  case xenstored
  /// The one in OCaml, which XenServer and Qubes start. Source: Xen's tools/ocaml/xenstored.
  case oxenstored

  /// The environment variable that chooses a daemon for all labs of a process.
  public static let variable = "PVHKIT_LAB_XENSTORE"

  /// The daemon that `PVHKIT_LAB_XENSTORE` names; `xenstored` where it is unset or empty.
  ///
  /// - Throws: `LabError.unknownXenstoreDaemon` for any other name.
  public static func fromEnvironment() throws(LabError) -> XenstoreDaemon {
    guard let name = getenv(variable), name.pointee != 0 else { return .xenstored }
    return try XenstoreDaemon(named: String(cString: name))
  }

  /// The daemon whose program has this name.
  ///
  /// - Throws: `LabError.unknownXenstoreDaemon` if there is none.
  public init(named name: String) throws(LabError) {
    guard let daemon = XenstoreDaemon(rawValue: name) else {
      throw .unknownXenstoreDaemon(name: name)
    }
    self = daemon
  }

  /// Where its package puts its settings; nil if it has none.
  var settingsPath: String? { self == .oxenstored ? "etc/xen/oxenstored.conf" : nil }

  /// How dom0 starts it; it detaches itself when it serves.
  var startCommand: String {
    switch self {
    case .xenstored: "xenstored --pid-file /run/xenstored.pid"
    // Its log of every request would fill dom0's memory.
    case .oxenstored: "oxenstored --no-access-log --pid-file /run/xenstored.pid"
    }
  }
}
