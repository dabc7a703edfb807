// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Standard input of a command that reads text.
enum StandardInput {
  /// All of it, up to `limit` bytes.
  static func text(limit: Int) throws(Problem) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    do {
      while bytes.count < limit,
        case let count = try buffer.withUnsafeMutableBytes({
          try FileDescriptor.standardInput.read(into: $0)
        }), count > 0
      {
        bytes += buffer[..<count]
      }
    } catch {
      throw Problem("standard input cannot be read: \(error)")
    }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }
}
