// SPDX-License-Identifier: Apache-2.0
import Glibc
public import SystemPackage

/// Which build of the agent a file is.
public struct AgentFile: Codable, Equatable, Sendable {
  /// A 64-bit sum of its bytes, sixteen digits.
  public let sum: String
  /// Its bytes.
  public let size: Int
  /// Where it was read, and which state of the file it was: equal ones need no second look.
  private let identity: [Int]

  /// Reads a file.
  ///
  /// - Throws: `Errno` if it cannot be read.
  public init(_ path: FilePath) throws(Errno) {
    do {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      defer { try? file.close() }
      identity = try Self.identity(file)
      var sum = Checksum()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var size = 0
      while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
        count > 0
      {
        buffer.withUnsafeBytes { sum.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        size += count
      }
      self.size = size
      self.sum = hexadecimal(sum.value)
    } catch {
      throw error as? Errno ?? .ioError
    }
  }

  /// Whether the file at `path` is the same build.
  public func isSame(as path: FilePath) -> Bool {
    if let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) {
      defer { try? file.close() }
      if let found = try? Self.identity(file), found == identity { return true }
    }
    guard let other = try? AgentFile(path) else { return false }
    return other.sum == sum && other.size == size
  }

  private static func identity(_ file: FileDescriptor) throws -> [Int] {
    var status = stat()
    guard fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
    return [
      Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec,
    ]
  }
}
