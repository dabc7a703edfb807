// SPDX-License-Identifier: Apache-2.0

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
