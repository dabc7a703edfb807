// SPDX-License-Identifier: Apache-2.0
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
  public var xen: XenRelease { XenRelease(version: manifest.xen) }
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
    var refusal = LabError.noTemplate(xen: xen.version, xenstore: xenstore, at: cache.templates)
    for template in list(in: cache)
    where template.xen == xen && template.manifest.recipe == recipe {
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
