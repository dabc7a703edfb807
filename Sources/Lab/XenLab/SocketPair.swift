// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// A connection without a name in any file system: one end for us, one for QEMU.
struct SocketPair: ~Copyable {
  let near: FileDescriptor
  let far: FileDescriptor

  init() throws(LabError) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw .system(call: "socketpair", subject: "QEMU", errno: Errno(rawValue: errno))
    }
    near = FileDescriptor(rawValue: ends[0])
    far = FileDescriptor(rawValue: ends[1])
  }

  deinit {
    try? near.close()
    try? far.close()
  }

  /// Closes the far end, once QEMU has it, and gives the near end to the caller.
  consuming func keepingNear() -> FileDescriptor {
    let near = self.near
    try? far.close()
    discard self
    return near
  }
}
