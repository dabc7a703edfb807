// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

/// The files that pvh has sent for its next run.
struct AttachedFiles {
  /// Bytes that one file may have.
  static let sizeLimit = 1 << 30

  /// Where disks are kept that have no file in the control domain.
  private static let diskFolder = "/tmp"

  private var files: [AttachedFile: ImageFile] = [:]
  private var disks: [Int: ImageFile] = [:]
  /// The first thing that went wrong; the run that wants the files reports it.
  private var error: ToolstackError?

  /// Adds bytes at the end of a file.
  mutating func append(_ bytes: [UInt8], to name: AttachedFile) {
    guard error == nil else { return }
    do throws(ToolstackError) {
      let file = try self.file(name)
      guard file.byteCount + bytes.count <= Self.sizeLimit else {
        throw ToolstackError(
          .badConfiguration, "the \(name.rawValue) has more than \(Self.sizeLimit) bytes")
      }
      try file.append(bytes)
    } catch {
      self.error = error
    }
  }

  /// Adds bytes of a disk.
  mutating func add(_ part: DiskPart) {
    guard error == nil else { return }
    do throws(ToolstackError) {
      let file: ImageFile
      if let known = disks[part.disk] {
        file = known
      } else {
        file = try ImageFile(forDiskIn: Self.diskFolder)
        disks[part.disk] = file
      }
      try file.write(part.bytes, at: part.offset)
    } catch {
      // Room for whatever comes next.
      disks = [:]
      self.error = error
    }
  }

  /// Takes the files of a run, and checks that they arrived whole; none are left for the next run.
  mutating func take(for run: RunRequest) throws(ToolstackError) -> DomainImage {
    defer { (files, disks, error) = ([:], [:], nil) }
    if let error { throw error }
    var image = DomainImage(kernel: try file(.kernel, byteCount: run.kernelByteCount))
    if let count = run.moduleByteCount { image.module = try file(.module, byteCount: count) }
    for disk in run.carriedDisks {
      image.disks[disk.index] = try file(of: disk, among: run.domain.disks)
    }
    return image
  }

  /// Takes the one disk that was sent, nil if there is to be none.
  mutating func takeDisk(byteCount: Int?) throws(ToolstackError) -> ImageFile? {
    defer { (disks, error) = ([:], nil) }
    if let error { throw error }
    guard let byteCount else { return nil }
    let file = if let sent = disks[0] { sent } else { try ImageFile(forDiskIn: Self.diskFolder) }
    try file.resize(to: byteCount)
    return file
  }

  private func file(of disk: CarriedDisk, among all: [DomainDisk]) throws(ToolstackError)
    -> ImageFile
  {
    guard disk.index < all.count else {
      throw ToolstackError(
        .badConfiguration, "disk \(disk.index) was attached, and the run has \(all.count)")
    }
    let file =
      if let sent = disks[disk.index] { sent } else { try ImageFile(forDiskIn: Self.diskFolder) }
    try file.resize(to: disk.byteCount)
    return file
  }

  private mutating func file(_ name: AttachedFile, byteCount: Int) throws(ToolstackError)
    -> ImageFile
  {
    let file = try file(name)
    guard file.byteCount == byteCount else {
      throw ToolstackError(
        .badConfiguration,
        "\(file.byteCount) bytes of the \(name.rawValue) were attached, but the run announces "
          + "\(byteCount)")
    }
    return file
  }

  private mutating func file(_ name: AttachedFile) throws(ToolstackError) -> ImageFile {
    if let file = files[name] { return file }
    let file = try ImageFile(label: "pvh-\(name.rawValue)")
    files[name] = file
    return file
  }
}
