// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// A read-only disk (ISO 9660) with one file, the agent, behind fixed sectors.
///
/// dom0 mounts it before the template is saved, so its descriptors are in dom0's memory and must be
/// the same for every agent: the file always has the largest size and a fixed place. Its content is
/// read after the restore, page by page as the agent touches it. Linux shows `AGENT` as `agent`.
enum AgentDisk {
  /// Size of the disk. Holes in it cost nothing.
  static let size = 64 << 20

  /// Largest agent that fits.
  static var capacity: Int { size - contentSector * sector }

  private static let sector = 2048
  private static let rootSector = 18
  // 4 KiB pages of the file start at 4 KiB blocks of the disk, so that a page is one read.
  private static let contentSector = 32

  /// A disk without an agent, or with the one at `path`.
  static func make(agent path: FilePath?) throws(LabError) -> MemoryFile {
    let disk = try MemoryFile.make(name: "agent", size: size)
    try attempt("write", "agent disk") {
      try disk.descriptor.writeAll(toAbsoluteOffset: Int64(16 * sector), descriptors)
    }
    if let path { try copy(path, to: disk.descriptor) }
    return disk
  }

  private static func copy(_ path: FilePath, to disk: FileDescriptor) throws(LabError) {
    let file: FileDescriptor
    do {
      file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw .unusableAgent(path: path, what: "\(error)")
    }
    defer { try? file.close() }
    let length = try attempt("seek", path) { Int(try file.seek(offset: 0, from: .end)) }
    guard length <= capacity else {
      throw .unusableAgent(path: path, what: "\(length) bytes, more than \(capacity)")
    }
    let magic = try attempt("read", path) { try file.bytes(at: 0, count: 20) }
    guard magic.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), magic[18...] == [62, 0] else {
      throw .unusableAgent(path: path, what: "not an x86-64 ELF program")
    }
    try attempt("copy", path) {
      var position = 0
      _ = try disk.seek(offset: Int64(contentSector * sector), from: .start)
      while position < length {
        var offset = off_t(position)
        let count = sendfile(disk.rawValue, file.rawValue, &offset, length - position)
        guard count > 0 else { throw count == 0 ? Errno.ioError : Errno(rawValue: errno) }
        position += count
      }
    }
  }

  /// Sectors 16 to 18: volume descriptor, terminator, root folder (ECMA-119 8.4, 8.3, 9.1).
  static var descriptors: [UInt8] {
    var volume = [UInt8](repeating: 0, count: sector)
    volume.replaceSubrange(0..<7, with: [1] + Array("CD001".utf8) + [1])
    volume.replaceSubrange(40..<72, with: Array("PVHKIT".utf8) + [UInt8](repeating: 32, count: 26))
    volume.put(both: UInt32(size / sector), at: 80)
    volume.put(both: UInt16(1), at: 120)
    volume.put(both: UInt16(1), at: 124)
    volume.put(both: UInt16(sector), at: 128)
    let root = record(name: [0], sector: rootSector, length: sector, flags: 2)
    volume.replaceSubrange(156..<190, with: root)
    volume[881] = 1
    var terminator = [UInt8](repeating: 0, count: sector)
    terminator.replaceSubrange(0..<7, with: [255] + Array("CD001".utf8) + [1])
    let folder =
      root + record(name: [1], sector: rootSector, length: sector, flags: 2)
      + record(name: Array("AGENT".utf8), sector: contentSector, length: capacity, flags: 0)
    return volume + terminator + folder
      + [UInt8](repeating: 0, count: sector - folder.count)
  }

  private static func record(
    name: [UInt8], sector: Int, length: Int, flags: UInt8
  ) -> [UInt8] {
    // Records have an even length; an even name is followed by one zero.
    var record = [UInt8](repeating: 0, count: 33 + name.count + (1 - name.count % 2))
    record[0] = UInt8(record.count)
    record.put(both: UInt32(sector), at: 2)
    record.put(both: UInt32(length), at: 10)
    record[25] = flags
    record.put(both: UInt16(1), at: 28)
    record[32] = UInt8(name.count)
    record.replaceSubrange(33..<33 + name.count, with: name)
    return record
  }
}

extension [UInt8] {
  /// Writes a number in both byte orders, little end first, as ISO 9660 wants most of them.
  fileprivate mutating func put(both value: some FixedWidthInteger, at offset: Int) {
    let little = Swift.withUnsafeBytes(of: value.littleEndian) { Array($0) }
    replaceSubrange(offset..<offset + 2 * little.count, with: little + little.reversed())
  }
}

/// Which build of the agent a file is.
public struct AgentFile: Codable, Equatable, Sendable {
  /// A 64-bit sum of its bytes, sixteen digits.
  public let sum: String
  /// Its bytes.
  public let size: Int
  /// Where it was read, and which state of the file it was: equal ones need no second look.
  private let identity: [Int]

  /// Reads a file.
  ///
  /// - Throws: `Errno` if it cannot be read.
  public init(_ path: FilePath) throws(Errno) {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      defer { try? file.close() }
      identity = try Self.identity(file)
      var sum = Checksum()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var size = 0
      while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
        count > 0
      {
        buffer.withUnsafeBytes { sum.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        size += count
      }
      self.size = size
      self.sum = hexadecimal(sum.value)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Whether the file at `path` is the same build.
  public func isSame(as path: FilePath) -> Bool {
    if let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) {
      defer { try? file.close() }
      if let found = try? Self.identity(file), found == identity { return true }
    }
    guard let other = try? AgentFile(path) else { return false }
    return other.sum == sum && other.size == size
  }

  private static func identity(_ file: FileDescriptor) throws -> [Int] {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return [
      Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec,
    ]
  }
}
