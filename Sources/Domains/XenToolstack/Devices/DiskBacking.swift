// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The block device behind a disk, held open until the kernel's backend has it.
///
/// A file is behind a loop device that goes with the last one who has it open, so that nothing is left
/// whoever ends first. It is locked for as long: two domains that write to one file destroy what is on it.
final class DiskBacking {
  let disk: DomainDisk
  /// The path of the block device.
  let path: FilePath
  /// Its number, major and minor, as the backend wants it: hexadecimal.
  let number: String
  private let descriptor: FileDescriptor

  /// Milliseconds that the disk of a domain which was just destroyed may take to let go of its file.
  private static let patience = 3000

  /// Opens a disk's file or device; `content` is in its place if it is no file with a name.
  init(_ disk: DomainDisk, content: ImageFile? = nil) throws(ToolstackError) {
    self.disk = disk
    let opened = if let content { content.descriptor } else { try Self.open(disk) }
    defer { if content == nil { try? opened.close() } }
    let status = try ToolstackError.explaining("looking at \(disk.path)") { () throws(Errno) in
      try opened.information()
    }
    let device: FileDescriptor
    switch status.st_mode & S_IFMT {
    case S_IFBLK:
      path = FilePath(disk.path)
      device = try ToolstackError.explaining("keeping \(disk.path) open") { () throws(Errno) in
        try Self.duplicate(opened)
      }
    case S_IFREG:
      guard status.st_size >= 512 else {
        throw ToolstackError(
          .badConfiguration,
          "\(disk.path) has \(status.st_size) bytes, and a disk at least one sector of 512: make the file "
            + "as large as the disk is to be (truncate -s 64M FILE)")
      }
      try Self.lock(opened, disk)
      (path, device) = try Self.loop(opened, disk)
    default:
      throw ToolstackError(
        .badConfiguration,
        "\(disk.path) is neither a file nor a block device: a disk is one of them")
    }
    descriptor = device
    let number = try ToolstackError.explaining("looking at \(path)") { () throws(Errno) in
      try device.information().st_rdev
    }
    // Source: gnu_dev_major(3).
    let major = number >> 8 & 0xfff | number >> 32 & ~0xfff
    let minor = number & 0xff | number >> 12 & ~0xff
    self.number = "\(String(major, radix: 16)):\(String(minor, radix: 16))"
  }

  deinit { try? descriptor.close() }

  private static func open(_ disk: DomainDisk) throws(ToolstackError) -> FileDescriptor {
    let number = Glibc.open(
      disk.path, (disk.isReadOnly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else {
      let isProtected = !disk.isReadOnly && [EACCES, EROFS, EPERM].contains(errno)
      throw ToolstackError(
        call: "opening \(disk.path) as the disk \(disk.name)",
        advice: isProtected ? "let the guest only read it: ro" : "")
    }
    return FileDescriptor(rawValue: number)
  }

  private static func duplicate(_ descriptor: FileDescriptor) throws(Errno) -> FileDescriptor {
    let copy = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 3)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    return FileDescriptor(rawValue: copy)
  }

  /// Locks a file, or says that it is in use. The loop device has the same open file, and with it the lock.
  private static func lock(
    _ file: FileDescriptor, _ disk: DomainDisk
  ) throws(ToolstackError) {
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    // A file system without locks has no say in it.
    while flock(file.rawValue, (disk.isReadOnly ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0,
      [EWOULDBLOCK, EINTR].contains(errno)
    {
      guard .now < deadline else {
        throw ToolstackError(
          .badConfiguration,
          "\(disk.path) is in use, as another disk for one: give each domain a file of its own, or let all of "
            + "them only read it (ro)")
      }
      usleep(20_000)
    }
  }

  private static func loop(
    _ file: FileDescriptor, _ disk: DomainDisk
  ) throws(ToolstackError) -> (FilePath, FileDescriptor) {
    try KernelModule.loopDevices.load()
    do throws(Errno) {
      let loop = try LoopDevice(file, isReadOnly: disk.isReadOnly, name: disk.path)
      return (loop.path, try duplicate(loop.descriptor))
    } catch {
      throw ToolstackError(call: "making a loop device of \(disk.path)", code: error.rawValue)
    }
  }
}
