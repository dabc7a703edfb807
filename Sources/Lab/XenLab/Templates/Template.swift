// SPDX-License-Identifier: Apache-2.0

import Glibc
public import SystemPackage

/// A booted Xen host at rest: memory and device state in files, to be restored any number of times.
public struct Template: Sendable {
  /// Where it is.
  public let folder: FilePath
  let manifest: TemplateManifest

  static let manifestName = "template.json"

  var memory: FilePath { folder.appending("memory") }
  var state: FilePath { folder.appending("state") }

  /// Name of the template in its cache.
  public var key: String { folder.lastComponent?.string ?? "" }
  /// Version of Xen, for example `4.17`.
  public var xen: String { manifest.xen }
  /// Version of the Debian package that Xen came from.
  public var xenPackage: String { manifest.xenPackage }
  /// Name and version of the Debian package of dom0's kernel.
  public var kernelPackage: String { manifest.kernelPackage }
  /// The program that serves xenstore in it.
  public var xenstore: XenstoreDaemon { manifest.xenstore }
  /// Version of QEMU that saved it, and that must restore it.
  public var qemuVersion: String { manifest.qemu.version }
  /// When it was made, in seconds since 1970.
  public var created: Int { manifest.created }
  /// Bytes that it takes on disk.
  public var sizeOnDisk: Int { FileTree.diskUse(folder) }

  /// Opens a template's folder.
  init(folder: FilePath) throws(LabError) {
    self.folder = folder
    manifest = try TemplateManifest.read(folder.appending(Self.manifestName))
  }

  /// All templates of a cache that can be read, newest first.
  public static func list(in cache: LabCache) -> [Template] {
    FileTree.names(in: cache.templates)
      .compactMap { name in
        do throws(LabError) {
          return try Template(folder: cache.templates.appending(name))
        } catch { return nil }
      }
      .sorted { $0.created > $1.created }
  }

  /// The newest template for a Xen version and a xenstore daemon that this build and this machine's
  /// QEMU can restore.
  public static func find(
    in cache: LabCache, xen: XenRelease, xenstore: XenstoreDaemon
  ) throws(LabError) -> Template {
    let recipe = Recipe(release: xen, xenstore: xenstore).fingerprint
    var refusal = LabError.noTemplate(xen: xen, xenstore: xenstore, at: cache.templates)
    for template in list(in: cache)
    where template.xen == xen.version && template.manifest.recipe == recipe {
      do throws(LabError) {
        try template.manifest.qemu.check()
        return template
      } catch .otherQEMU(let template, let installed) {
        refusal = .otherQEMU(template: template, installed: installed)
      }
    }
    throw refusal
  }

  /// Removes this template; labs that were restored from it go on.
  ///
  /// - Returns: the bytes freed on disk.
  @discardableResult
  public func remove(from cache: LabCache) throws(LabError) -> Int {
    try cache.removing(folder)
  }

  /// Removes all templates of a cache, readable or not.
  ///
  /// - Returns: the bytes freed on disk.
  @discardableResult
  public static func removeAll(from cache: LabCache) throws(LabError) -> Int {
    try cache.removing(cache.templates)
  }
}

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
