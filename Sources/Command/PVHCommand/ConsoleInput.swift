// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// Standard input on its way to the guest's console.
struct ConsoleInput {
  private var hasEnded = false

  /// The descriptor to wait for, as long as there is room for more and more may come.
  func watched(room: Int) -> [Int32] {
    hasEnded || room == 0 ? [] : [STDIN_FILENO]
  }

  /// Reads what is there.
  mutating func read(limit: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: min(limit, 4096))
    let count = buffer.withUnsafeMutableBytes { try? FileDescriptor.standardInput.read(into: $0) }
    guard let count, count > 0 else {
      hasEnded = true
      return []
    }
    return Array(buffer[..<count])
  }
}
