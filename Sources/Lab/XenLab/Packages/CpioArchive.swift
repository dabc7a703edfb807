// SPDX-License-Identifier: Apache-2.0

/// Writes a cpio archive in the `newc` format, which the kernel unpacks as its first root.
///
/// Owners are numbers in the archive and device nodes are entries like others: no privilege needed.
struct CpioArchive {
  private var bytes: [UInt8] = []
  private var nextInode: UInt32 = 1
  private var folders: Set<String> = []

  /// A folder, with its missing parents.
  mutating func addFolder(_ path: String, mode: UInt32 = 0o755) {
    guard !path.isEmpty, folders.insert(path).inserted else { return }
    addParents(of: path)
    add(path, mode: 0o040000 | mode, links: 2)
  }

  mutating func addFile(_ path: String, _ content: [UInt8], mode: UInt32 = 0o644) {
    addParents(of: path)
    add(path, mode: 0o100000 | mode, content: content)
  }

  mutating func addSymbolicLink(_ path: String, to target: String) {
    addParents(of: path)
    add(path, mode: 0o120777, content: Array(target.utf8))
  }

  mutating func addCharacterDevice(_ path: String, major: UInt32, minor: UInt32) {
    addParents(of: path)
    add(path, mode: 0o020600, device: (major, minor))
  }

  /// The complete archive; the value can still grow afterwards.
  func finished() -> [UInt8] {
    var archive = self
    archive.nextInode = 0
    archive.add("TRAILER!!!", mode: 0)
    return archive.bytes
  }

  private mutating func addParents(of path: String) {
    guard let slash = path.lastIndex(of: "/") else { return }
    addFolder(String(path[..<slash]))
  }

  private mutating func add(
    _ path: String, mode: UInt32, links: UInt32 = 1, device: (UInt32, UInt32) = (0, 0),
    content: [UInt8] = []
  ) {
    let name = Array(path.utf8) + [0]
    // Fields in the format's order; owner, group, time and the device of the file system are 0.
    let fields: [UInt32] = [
      nextInode, mode, 0, 0, links, 0, UInt32(content.count), 0, 0, device.0, device.1,
      UInt32(name.count), 0,
    ]
    nextInode += 1
    bytes += "070701".utf8
    for field in fields { appendHexadecimal(field) }
    bytes += name
    pad()
    bytes += content
    pad()
  }

  private mutating func appendHexadecimal(_ value: UInt32) {
    let digits = Array("0123456789abcdef".utf8)
    for shift in stride(from: 28, through: 0, by: -4) {
      bytes.append(digits[Int(value >> UInt32(shift)) & 15])
    }
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}
