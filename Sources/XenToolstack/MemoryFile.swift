// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// A file without a name: whatever becomes of this process, nothing of it is left.
public final class MemoryFile {
  /// Its descriptor in this process.
  let descriptor: Int32
  /// Bytes written so far.
  public private(set) var byteCount = 0

  /// Makes an empty file; `label` shows in /proc only.
  public init(label: String) throws(ToolstackError) {
    descriptor = pvh_memory_file(label)
    guard descriptor >= 0 else { throw ToolstackError(call: "memfd_create") }
  }

  deinit {
    close(descriptor)
  }

  /// A path under which this process, and the libraries in it, can open the file.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Adds bytes at the end.
  public func append(_ bytes: [UInt8]) throws(ToolstackError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        return write(descriptor, rest.baseAddress, rest.count)
      }
      guard count > 0 || errno == EINTR else {
        throw ToolstackError(
          call: "keeping \(bytes.count) bytes of an image in memory",
          advice: "give the control domain more memory")
      }
      written += max(count, 0)
    }
    byteCount += written
  }
}

/// The files that a domain is built from.
public struct DomainImage {
  /// The PVH image.
  public var kernel: MemoryFile
  /// The file that the guest finds as its first module, if any.
  public var module: MemoryFile?

  /// Names the files.
  public init(kernel: MemoryFile, module: MemoryFile? = nil) {
    self.kernel = kernel
    self.module = module
  }
}
