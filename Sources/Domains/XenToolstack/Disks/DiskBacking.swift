// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The block device behind a disk, held open until the kernel's backend has it.
///
/// A file is behind a loop device that goes with the last one who has it open, so that nothing is left
/// whoever ends first.
final class DiskBacking {
  let disk: DomainDisk
  /// The path of the block device.
  let path: FilePath
  /// Its number, major and minor, as the backend wants it: hexadecimal.
  let number: String
  private let descriptor: FileDescriptor

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

/// A part of the control domain's kernel that disks need, loaded when it is wanted first.
struct KernelModule {
  /// The file that says that it is there.
  let sign: String
  let name: String
  let purpose: String

  static let loopDevices = KernelModule(
    sign: "/dev/loop-control", name: "loop", purpose: "loop devices")
  static let blockBackend = KernelModule(
    sign: "/sys/bus/xen-backend/drivers/vbd", name: "xen-blkback", purpose: "block backend")

  /// Loads it unless it is there.
  func load() throws(ToolstackError) {
    guard access(sign, F_OK) != 0 else { return }
    // What it says is of no more use than that the sign is not there afterwards.
    if var child = try? ChildProcess("/sbin/modprobe", ["-q", name]) { _ = child.wait() }
    guard access(sign, F_OK) == 0 else {
      throw ToolstackError(
        .other,
        "the control domain has no \(purpose): modprobe \(name) there (its kernel may have been built "
          + "without it)")
    }
  }
}
