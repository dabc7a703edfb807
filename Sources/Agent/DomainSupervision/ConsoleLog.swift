// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// The end of what a guest has printed, in a file whose beginning is discarded.
///
/// A position in the file is a position in the guest's output since its first start: what was discarded is a hole.
public final class ConsoleLog {
  /// Bytes that are kept.
  public static let capacity = 1 << 20
  /// Bytes that are discarded at once: holes consist of whole pages.
  private static let portion = 64 << 10

  private let descriptor: FileDescriptor
  /// Bytes printed until now, those that could not be kept included.
  public private(set) var end: Int
  private var start = 0
  private let capacity: Int

  /// Opens a domain's log, or creates one.
  public init(path: FilePath, capacity: Int = ConsoleLog.capacity) throws(SupervisionError) {
    do {
      descriptor = try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
    } catch {
      throw SupervisionError("opening", path, error as? Errno ?? .ioError)
    }
    end = Int((try? descriptor.seek(offset: 0, from: .end)) ?? 0)
    self.capacity = capacity
  }

  deinit {
    try? descriptor.close()
  }

  /// Adds what the guest has printed; if it cannot be written, there is a hole.
  public func append(_ bytes: [UInt8]) {
    let place = Int64(end)
    end += bytes.count
    do {
      try descriptor.writeAll(toAbsoluteOffset: place, bytes)
    } catch {
      _ = ftruncate(descriptor.rawValue, end)
    }
    if end - start >= capacity + Self.portion { discard() }
  }

  private func discard() {
    let new = (end - capacity) / Self.portion * Self.portion
    if (try? descriptor.discard(0..<new)) != nil { start = new }
  }
}
