// SPDX-License-Identifier: Apache-2.0
import Glibc

extension SupervisionFolder {
  static func entries(of folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // In its place: an entry may be shorter than its type says.
      let name = withUnsafeMutablePointer(to: &entry.pointee.d_name) {
        String(cString: UnsafeMutableRawPointer($0).assumingMemoryBound(to: CChar.self))
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  static func read(_ path: String, limit: Int) throws(SupervisionError) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw SupervisionError("reading", path)
    }
    defer { close(descriptor) }
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
      count = Glibc.read(descriptor, buffer.baseAddress, limit)
      initialized = max(0, count)
    }
    guard count >= 0 else { throw SupervisionError("reading", path) }
    return bytes
  }
}
