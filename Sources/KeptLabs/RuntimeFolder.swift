// SPDX-License-Identifier: Apache-2.0
import Glibc
import HostProcess
import Places
import SystemPackage
import XenLab

/// Where the labs that are up leave what other commands need to reach them; nobody else may look.
///
/// ```
/// NAME/lock     held by the keeper as long as it lives: who gets it finds a lab that is gone
/// NAME/socket   where the keeper listens
/// NAME/record   what the lab is
/// NAME/log      what the keeper and Xen have to say
/// ```
public struct RuntimeFolder: Sendable {
  let path: FilePath

  /// The user's: `$XDG_RUNTIME_DIR/pvhkit/labs`, or in the cache where there is none.
  public static var standard: RuntimeFolder {
    let base =
      ProcessEnvironment.folder("XDG_RUNTIME_DIR")?.appending("pvhkit")
      ?? LabCache.standard.root.appending("run")
    return RuntimeFolder(path: base.appending("labs"))
  }

  /// The folder of one lab.
  func lab(_ name: LabName) -> LabFolder { LabFolder(name: name, path: path.appending(name.text)) }

  /// The folders of all labs, up or not.
  var labs: [LabFolder] {
    guard let stream = path.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [LabName] = []
    while let entry = readdir(stream) {
      let text = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if let name = try? LabName(text) { names.append(name) }
    }
    return names.sorted().map(lab)
  }

  /// Makes the folder, and refuses one that is somebody else's.
  func make() throws(KeptLabError) {
    var parts: [FilePath] = []
    var next = path
    while !next.isEmpty, next.withPlatformString({ access($0, F_OK) }) != 0 {
      parts.append(next)
      guard next.removeLastComponent() else { break }
    }
    for part in parts.reversed() {
      guard part.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
        throw .system(call: "mkdir", subject: part.string, Errno(rawValue: errno))
      }
    }
    var status = stat()
    guard path.withPlatformString({ lstat($0, &status) }) == 0,
      status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid()
    else { throw .notOurs(folder: path) }
    // An earlier umask or hand may have opened it.
    _ = path.withPlatformString { chmod($0, 0o700) }
  }
}
