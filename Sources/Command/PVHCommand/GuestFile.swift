// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import PVHImage
import SystemPackage

/// The file of an image, opened once: what is checked is what is sent.
final class GuestFile {
  let path: FilePath
  /// Nil if it could not be opened: who reads it as an image says why.
  private let descriptor: FileDescriptor?

  /// A FIFO without a writer must not block us, hence non-blocking.
  init(_ path: FilePath) {
    self.path = path
    descriptor = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
  }

  deinit {
    try? descriptor?.close()
  }

  /// The first bytes, at most so many; nil if it is no regular file, or cannot be read.
  func start(limit: Int) -> [UInt8]? {
    guard let descriptor, let status = try? descriptor.information(),
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return try? descriptor.bytes(at: 0, count: min(limit, Int(status.st_size)))
  }

  /// Reads it as an image.
  func image() throws(Problem) -> PVHImage {
    guard let descriptor else { return try PVHImage.read(path) }
    do throws(ImageError) {
      return try PVHImage(descriptor: descriptor.rawValue, name: path.string)
    } catch {
      throw Problem(error)
    }
  }

  /// All of its bytes.
  func content() throws(Problem) -> [UInt8] {
    guard let descriptor else { return try File.read(path, limit: File.guestLimit) }
    return try File.read(descriptor, path, limit: File.guestLimit)
  }
}
