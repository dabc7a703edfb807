// SPDX-License-Identifier: Apache-2.0
import Glibc
import XenToolstack

/// Writes a domain's start info to standard output: its address as eight bytes, lowest first, and the
/// memory from there on. Returns the exit status of the process.
func startInfo(_ argument: String) -> Int32 {
  guard let number = UInt32(argument), number < 0x7ff0 else {
    complain("start-info takes a domain's number, not \"\(argument)\"")
    return 64
  }
  do {
    guard let found = try GuestMemory(of: DomainID(rawValue: number)).startInfo() else {
      complain("domain \(number) has no start info, or there is no such domain")
      return 70
    }
    let head = (0..<8).map { UInt8(truncatingIfNeeded: found.address >> (8 * UInt64($0))) }
    return writeAll(head + found.bytes) ? 0 : 70
  } catch {
    complain(error.message)
    return 70
  }
}

private func writeAll(_ bytes: [UInt8]) -> Bool {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    guard count > 0 || errno == EINTR else { return false }
    rest = rest.dropFirst(max(count, 0))
  }
  return true
}
