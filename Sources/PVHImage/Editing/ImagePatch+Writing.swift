// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ImagePatch {
  /// Writes a changed copy of a file, which takes its place when it is complete and was looked at.
  ///
  /// - Parameters:
  ///   - path: The file to change.
  ///   - output: Where the result goes, which may be `path`.
  ///   - size: Bytes in the file.
  ///   - check: Looks at the result, and throws if it shall not be put in its place.
  /// - Returns: The new image.
  /// - Throws: An error if nothing was changed.
  @discardableResult
  func write(
    from path: String, to output: String, size: UInt64,
    check: (PVHImage) throws(EditError) -> Void
  ) throws(EditError) -> PVHImage {
    var status = stat()
    let mode = stat(path, &status) == 0 ? status.st_mode : 0o644
    var file = try AtomicFile(replacing: output, mode: mode)
    try copy(path, size: size, to: file)
    let descriptor = file.descriptor
    let result = try EditError.reading { () throws(ImageError) in
      try PVHImage(descriptor: descriptor, name: output, symbols: true)
    }
    try check(result)
    try file.finish()
    return result
  }

  private func copy(
    _ path: String, size: UInt64, to target: borrowing AtomicFile
  ) throws(EditError) {
    var offset: UInt64 = 0
    while offset < size {
      let start = offset
      let piece = try EditError.reading { () throws(ImageError) in
        try ImageFile.open(path).bytes(at: start, count: 1 << 20)
      }
      // The file may have become shorter since its size was taken.
      guard !piece.isEmpty else { break }
      try target.write(applied(to: piece, at: offset))
      offset += UInt64(piece.count)
    }
    try target.write(appended)
  }
}
