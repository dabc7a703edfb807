// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A block device whose content is a file's. It is there for as long as somebody has it open: at first this
/// value.
public struct LoopDevice: ~Copyable {
  public let descriptor: FileDescriptor
  /// The path of its node.
  public let path: FilePath

  /// Takes the next free device for a file, which may have lost its name meanwhile; `name` is for people who
  /// list the devices.
  ///
  /// - Throws: `Errno.noSuchFileOrDirectory` if the kernel has no driver for loop devices.
  public init(_ file: FileDescriptor, isReadOnly: Bool, name: String) throws(Errno) {
    var number: UInt32 = 0
    let device = pvh_attach_loop(file.rawValue, isReadOnly, name, &number)
    guard device >= 0 else { throw Errno(rawValue: errno) }
    descriptor = FileDescriptor(rawValue: device)
    path = FilePath("/dev/loop\(number)")
  }

  /// The name that a device was given, of which the kernel keeps 63 bytes; where it is longer, the path of the
  /// file. Nil if there is no such device.
  public static func name(of device: FilePath) -> String? {
    var name = [CChar](repeating: 0, count: 64)
    let isThere = device.withPlatformString { pvh_loop_name($0, &name) } == 0
    guard isThere, let end = name.firstIndex(of: 0) else { return nil }
    guard end < 63 else {
      let folder = FilePath("/sys/block").appending(device.lastComponent?.string ?? "")
      let file = folder.appending("loop/backing_file")
      guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: .closeOnExec) else {
        return nil
      }
      defer { try? descriptor.close() }
      return (try? descriptor.readAll(limit: 1 << 16)).map {
        String(decoding: $0.dropLast(), as: UTF8.self)
      }
    }
    return String(decoding: name[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    try? descriptor.close()
  }
}
