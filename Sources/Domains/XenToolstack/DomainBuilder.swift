// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
package import SystemPackage
public import XenDomainModel

/// A way to make domains, and to unmake them.
///
/// Whatever the way, the other tools see the same: `xl list` shows the domain by its name,
/// `xl console` attaches to it, `xl destroy` ends it.
public protocol DomainBuilder {
  /// Builds a domain and leaves it paused.
  ///
  /// - Throws: after removing whatever existed of the domain.
  func create(_ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID)
    throws(ToolstackError) -> Domain

  /// Destroys a domain in any state, and returns when Xen has forgotten it.
  ///
  /// A domain that is gone already is no error.
  func destroy(_ domain: Domain) throws(ToolstackError)
}

/// A file that a domain is built from.
public final class ImageFile {
  let descriptor: FileDescriptor
  /// Bytes written so far.
  public private(set) var byteCount = 0

  /// Makes an empty file without a name: whatever becomes of this process, nothing of it is left.
  ///
  /// `label` shows in /proc only.
  public init(label: String) throws(ToolstackError) {
    descriptor = try ToolstackError.explaining("memfd_create") { () throws(Errno) in
      try MemoryFile(name: label).takeDescriptor()
    }
  }

  /// Opens a file that is to stay as it is.
  public init(opening path: String) throws(ToolstackError) {
    descriptor = try Self.open(path, O_RDONLY)
    byteCount = max(0, lseek(descriptor.rawValue, 0, SEEK_END))
  }

  private static func open(_ path: String, _ flags: Int32) throws(ToolstackError) -> FileDescriptor
  {
    let number = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw ToolstackError(call: "opening \(path)") }
    return FileDescriptor(rawValue: number)
  }

  /// Opens a file with a disk's content, which a guest may change.
  package init(openingDisk path: String) throws(ToolstackError) {
    descriptor = try Self.open(path, O_RDWR)
    byteCount = max(0, lseek(descriptor.rawValue, 0, SEEK_END))
  }

  /// Takes over an open file that is to stay as it is.
  package init(takingOver descriptor: FileDescriptor) {
    self.descriptor = descriptor
    byteCount = max(0, lseek(descriptor.rawValue, 0, SEEK_END))
  }

  /// Makes an empty file without a name for a disk's content, which can be written in any order.
  package init(forDiskIn folder: String) throws(ToolstackError) {
    descriptor = try ToolstackError.explaining("making a file for a disk in \(folder)") {
      () throws(Errno) in try .unnamed(in: FilePath(folder))
    }
  }

  /// Makes it so many bytes long; those that nobody wrote are zeros.
  package func resize(to count: Int) throws(ToolstackError) {
    guard ftruncate(descriptor.rawValue, count) == 0 else {
      throw ToolstackError(call: "making a file of \(count) bytes")
    }
    byteCount = count
  }

  deinit {
    try? descriptor.close()
  }

  /// Writes bytes in its midst.
  package func write(_ bytes: [UInt8], at offset: Int) throws(ToolstackError) {
    do {
      try descriptor.writeAll(toAbsoluteOffset: Int64(offset), bytes)
    } catch {
      let code = (error as? Errno ?? .ioError).rawValue
      throw ToolstackError(
        call: "keeping \(bytes.count) bytes of a disk, from \(offset) on, in the control domain",
        code: code,
        advice: code == ENOSPC ? "there is no room for it: use a disk with less on it" : "")
    }
  }

  /// Reads the next bytes that are there, from an offset on; holes, which are zeros, are left out. Nil at the
  /// end.
  package func nextPart(from offset: Int, limit: Int) throws(ToolstackError) -> (
    offset: Int, bytes: [UInt8]
  )? {
    guard let extent = descriptor.nextExtent(from: offset) else { return nil }
    return try ToolstackError.explaining("reading a disk") { () throws(Errno) in
      do {
        let bytes = try descriptor.bytes(at: extent.lowerBound, count: min(limit, extent.count))
        return (extent.lowerBound, bytes)
      } catch {
        throw error as? Errno ?? .ioError
      }
    }
  }

  /// All of its bytes.
  public func content() throws(ToolstackError) -> [UInt8] {
    let mapped = try MappedFile(self)
    return withExtendedLifetime(mapped) { Array(mapped.bytes) }
  }

  /// Makes a file with the same content; one that is there already is replaced.
  public func copy(to path: String) throws(ToolstackError) {
    let copy = try Self.open(path, O_WRONLY | O_CREAT | O_TRUNC)
    defer { try? copy.close() }
    try write(to: copy.rawValue, from: 0, named: path)
  }

  /// Makes a file with a disk's content, with the same holes.
  public func copyDisk(to path: String) throws(ToolstackError) {
    let copy = ImageFile(takingOver: try Self.open(path, O_RDWR | O_CREAT | O_TRUNC))
    try copy.resize(to: byteCount)
    var offset = 0
    while let part = try nextPart(from: offset, limit: 1 << 20) {
      try copy.write(part.bytes, at: part.offset)
      offset = part.offset + part.bytes.count
    }
  }

  /// Adds what another file has from an offset on.
  func append(contentOf file: ImageFile, from offset: Int) throws(ToolstackError) {
    try file.write(to: descriptor.rawValue, from: offset, named: "memory")
    byteCount += max(0, file.byteCount - offset)
  }

  private func write(to target: Int32, from start: Int, named name: String) throws(ToolstackError) {
    var offset = start
    while offset < byteCount {
      guard sendfile(target, descriptor.rawValue, &offset, byteCount - offset) > 0 else {
        throw ToolstackError(
          call: "writing \(byteCount - start) bytes to \(name)",
          advice: "give the control domain more memory")
      }
    }
  }

  /// A path under which this process, and the libraries in it, can open the file.
  var path: String { "/proc/self/fd/\(descriptor.rawValue)" }

  /// Adds bytes at the end.
  public func append(_ bytes: [UInt8]) throws(ToolstackError) {
    try ToolstackError.explaining(
      "keeping \(bytes.count) bytes of an image in memory",
      advice: "give the control domain more memory"
    ) { () throws(Errno) in try descriptor.writeEverything(bytes) }
    byteCount += bytes.count
  }
}

/// The files that a domain is built from.
public struct DomainImage {
  /// The PVH image.
  public var kernel: ImageFile
  /// The file that the guest finds as its first module, if any.
  public var module: ImageFile?
  /// Contents of disks that have no file in the control domain, by the disks' place in the
  /// configuration.
  public var disks: [Int: ImageFile] = [:]

  public init(kernel: ImageFile, module: ImageFile? = nil) {
    self.kernel = kernel
    self.module = module
  }

  /// The block devices of a domain's disks, once there is a backend for them.
  func backings(of configuration: DomainConfiguration) throws(ToolstackError) -> [DiskBacking] {
    guard !configuration.disks.isEmpty else { return [] }
    try KernelModule.blockBackend.load()
    var backings: [DiskBacking] = []
    for (index, disk) in configuration.disks.enumerated() {
      backings.append(try DiskBacking(disk, content: disks[index]))
    }
    return backings
  }
}

/// The content of a file in memory, for reading.
final class MappedFile {
  /// The content.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file, which is to stay as it is meanwhile.
  init(_ file: ImageFile) throws(ToolstackError) {
    guard file.byteCount > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, file.byteCount, PROT_READ, MAP_PRIVATE, file.descriptor.rawValue, 0)
    guard let start, start != MAP_FAILED else {
      throw ToolstackError(call: "mapping \(file.byteCount) bytes of an image")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: file.byteCount)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
