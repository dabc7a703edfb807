// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// Unpacks files with the machine's own tools.
enum Decompression {
  /// The plain content of a file whose name may end in `.gz` or `.xz`.
  static func plain(
    _ packed: [UInt8], path: String, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> [UInt8] {
    let tool: Tool
    switch path {
    case _ where path.hasSuffix(".gz"): tool = .gzip
    case _ where path.hasSuffix(".xz"): tool = .xz
    default: return packed
    }
    let input = try MemoryFile.make(name: "packed")
    try attempt("write", FilePath(path)) { _ = try input.descriptor.writeAll(packed) }
    // The tool cannot inherit a position, so it opens the memory file by its name.
    let command = Command(
      tool: tool, arguments: ["-dc", "--force", "/proc/self/fd/\(input.descriptor.rawValue)"],
      inherited: [input.descriptor])
    return try command.output(interrupts)
  }
}
