// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// A version of Xen as Debian packages it.
public struct XenRelease: Hashable, Sendable {
  /// Major and minor number, for example `4.17`.
  public let version: String

  /// The environment variable that chooses a version for all labs of a process.
  public static let variable = "PVHKIT_LAB_XEN"

  /// The versions that a lab can have, with the Debian release that has each, if one has.
  private static let known: [(version: String, codename: String?)] = [
    ("4.17", "bookworm"), ("4.18", nil), ("4.19", nil), ("4.20", "trixie"), ("4.21", nil),
    ("4.22", nil),
  ]

  /// The versions that a lab can have.
  public static var versions: [String] { known.map(\.version) }

  /// The same in words, such as "4.17 to 4.22".
  public static var range: String { "\(versions[0]) to \(versions[versions.count - 1])" }

  private init(_ version: String) { self.version = version }

  /// The version of this name, for example `4.20`.
  ///
  /// - Throws: `LabError.unknownXen` if it is none of ``versions``.
  public init(named version: String) throws(LabError) {
    guard Self.versions.contains(version) else { throw .unknownXen(version: version) }
    self.init(version)
  }

  /// The version that `PVHKIT_LAB_XEN` names; ``ofThisMachine`` where it is unset or empty.
  ///
  /// - Throws: `LabError.unknownXen` for a version that no lab can have.
  public static func fromEnvironment() throws(LabError) -> XenRelease {
    guard let name = ProcessEnvironment[variable], !name.isEmpty else { return ofThisMachine }
    return try XenRelease(named: name)
  }

  /// The version of this machine's Debian release; on another system, the oldest.
  public static var ofThisMachine: XenRelease {
    let codename = DebianRelease.ofThisMachine
    return XenRelease((known.first { $0.codename == codename } ?? known[0]).version)
  }

  /// The codename of the Debian release that has it; nil if none has.
  var codename: String? { Self.known.first { $0.version == version }?.codename }

  /// Package with the hypervisor itself.
  var hypervisorPackage: String { "xen-hypervisor-\(version)-amd64" }

  /// Packages whose files, or whose dependencies' files, dom0 is made of.
  var rootPackages: [String] {
    [
      hypervisorPackage, "xen-utils-\(version)", "xenstore-utils", "linux-image-amd64",
      "busybox-static", "libstdc++6",
    ] + Dom0SecureShell.packages + Dom0Network.packages
  }

  /// Folder of Xen's own programs inside the packages and inside dom0.
  var programFolder: String { "usr/lib/xen-\(version)/bin" }

  /// Folder of the code that oxenstored loads when it starts, from Xen 4.20 on.
  /// Source: Xen's `tools/ocaml/xenstored/xenctrl_plugin`.
  var pluginFolder: String { "usr/lib/xen-\(version)/ocaml/" }
}

/// The release of Debian that a machine runs.
enum DebianRelease {
  /// Its codename, for example `bookworm`; nil on another system. Source: os-release(5).
  static let ofThisMachine: String? = {
    guard let content = try? FileTree.read("/etc/os-release") else { return nil }
    let text = String(decoding: content, as: UTF8.self)
    func value(_ key: String) -> String? {
      text.split(separator: "\n").first { $0.hasPrefix("\(key)=") }
        .map { $0.dropFirst(key.count + 1).filter { $0 != "\"" } }
    }
    return value("ID") == "debian" ? value("VERSION_CODENAME") : nil
  }()
}
