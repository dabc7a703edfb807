// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc

/// The last of what a guest has printed, in a file whose beginning is given back to the disk.
///
/// A position in the file is a position in the guest's output since its first start, whatever has
/// gone meanwhile; what has gone is a hole.
public final class ConsoleLog {
  /// Bytes that are kept.
  public static let capacity = 1 << 20
  /// Bytes that go at once: holes consist of whole pages.
  private static let portion = 64 << 10

  private let descriptor: Int32
  /// Bytes printed until now, those that could not be kept included.
  public private(set) var end: Int
  private var start = 0
  private let capacity: Int

  /// Opens a domain's log, or begins one; what is there is kept.
  public init(path: String, capacity: Int = ConsoleLog.capacity) throws(SupervisionError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SupervisionError("opening", path) }
    end = max(0, lseek(descriptor, 0, SEEK_END))
    self.capacity = capacity
  }

  deinit {
    close(descriptor)
  }

  /// Adds what the guest has printed; what the disk has no room for is a hole.
  public func append(_ bytes: [UInt8]) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
          end + written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      written += count
    }
    end += bytes.count
    if written < bytes.count { _ = ftruncate(descriptor, end) }
    if end - start >= capacity + Self.portion { discard() }
  }

  private func discard() {
    let new = (end - capacity) / Self.portion * Self.portion
    if pvh_discard(descriptor, 0, Int64(new)) == 0 { start = new }
  }
}
