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

  deinit {
    try? descriptor.close()
  }
}
