// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A regular, non-empty file open for reading, and its size when it was opened.
struct ImageFile: ~Copyable {
  let descriptor: CInt
  let name: String
  let size: UInt64
  private let isOwned: Bool

  private init(descriptor: CInt, name: String, size: UInt64, isOwned: Bool) {
    self.descriptor = descriptor
    self.name = name
    self.size = size
    self.isOwned = isOwned
  }

  deinit {
    if isOwned { close(descriptor) }
  }

  /// Opens a path.
  ///
  /// A FIFO without a writer must not block us, hence non-blocking.
  static func open(_ path: String) throws(ImageError) -> ImageFile {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw ImageError(file: path, finding: .notOpened(errno)) }
    do {
      let size = try checkedSize(of: descriptor, name: path)
      return ImageFile(descriptor: descriptor, name: path, size: size, isOwned: true)
    } catch {
      close(descriptor)
      throw error
    }
  }

  /// Uses a descriptor that stays the caller's, at any position: only `pread` is used.
  static func borrow(_ descriptor: CInt, name: String) throws(ImageError) -> ImageFile {
    let size = try checkedSize(of: descriptor, name: name)
    return ImageFile(descriptor: descriptor, name: name, size: size, isOwned: false)
  }

  /// Takes over a descriptor of ours.
  static func adopt(_ descriptor: CInt, name: String) throws(ImageError) -> ImageFile {
    let size = try checkedSize(of: descriptor, name: name)
    return ImageFile(descriptor: descriptor, name: name, size: size, isOwned: true)
  }

  private static func checkedSize(
    of descriptor: CInt, name: String
  ) throws(ImageError) -> UInt64 {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw ImageError(file: name, finding: .notRead(errno, offset: nil))
    }
    guard let problem = Finding.unsuitable(status) else { return UInt64(status.st_size) }
    throw ImageError(file: name, finding: problem)
  }

  /// Reads up to `count` bytes; fewer only if the file ends before.
  func bytes(at offset: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    guard offset < size else { return [] }
    let wanted = Int(min(UInt64(count), size - offset))
    return try Self.read(descriptor, name: name, at: offset, count: wanted)
  }

  /// Reads up to `wanted` bytes below the largest offset of a file.
  static func read(
    _ descriptor: CInt, name: String, at offset: UInt64, count wanted: Int
  ) throws(ImageError) -> [UInt8] {
    var failure: CInt?
    let result = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
      while filled < wanted {
        // SAFETY: the rest of the buffer has exactly the number of bytes asked for, and the
        // offset is below the file's size, which is an `off_t`.
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        let read = pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
        if read > 0 {
          filled += read
        } else if read == 0 {
          return
        } else if errno != EINTR {
          failure = errno
          return
        }
      }
    }
    guard let failure else { return result }
    throw ImageError(file: name, finding: .notRead(failure, offset: offset))
  }
}

/// The few kilobytes of a file that were read last: walking notes reads small pieces in order,
/// and shall cost a system call per window, not per note.
struct FileWindow {
  private var start: UInt64 = 0
  private var bytes: [UInt8] = []

  /// Bytes in a window; a larger piece is not to be asked for.
  static var size: Int { 4096 }

  /// Up to `count` bytes at `offset`; fewer only if the file ends before.
  mutating func bytes(
    at offset: UInt64, count: Int, of file: borrowing ImageFile
  ) throws(ImageError) -> ArraySlice<UInt8> {
    precondition(count <= Self.size, "a piece fits into a window")
    let end = offset.addingSaturated(UInt64(count))
    if offset < start || end > start + UInt64(bytes.count) {
      bytes = try file.bytes(at: offset, count: Self.size)
      start = offset
    }
    return bytes.dropFirst(Int(offset - start)).prefix(count)
  }
}
