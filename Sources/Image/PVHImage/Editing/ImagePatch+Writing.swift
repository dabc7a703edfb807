// SPDX-License-Identifier: Apache-2.0

import Glibc

extension ImagePatch {
  /// Writes a changed copy of a file, which takes its place when it is complete and was looked at.
  ///
  /// - Parameters:
  ///   - source: The file to change.
  ///   - output: Where the result goes, which may be the path of `source`.
  ///   - check: Looks at the result, and throws if it shall not be put in its place.
  /// - Returns: The new image.
  /// - Throws: An error if nothing was changed.
  @discardableResult
  func write(
    from source: borrowing ImageFile, to output: String,
    check: (PVHImage) throws(EditError) -> Void
  ) throws(EditError) -> PVHImage {
    var status = stat()
    let mode = fstat(source.descriptor, &status) == 0 ? status.st_mode : 0o644
    var file = try AtomicFile(replacing: output, mode: mode)
    try copy(source, to: file)
    let descriptor = file.descriptor
    let result = try EditError.reading { () throws(ImageError) in
      try PVHImage(descriptor: descriptor, name: output, symbols: true)
    }
    try check(result)
    try file.finish()
    return result
  }

  private func copy(
    _ source: borrowing ImageFile, to target: borrowing AtomicFile
  ) throws(EditError) {
    var offset: UInt64 = 0
    while offset < source.size {
      let piece: [UInt8]
      do throws(ImageError) {
        piece = try source.bytes(at: offset, count: 1 << 20)
      } catch {
        throw .image(error)
      }
      // The file may have become shorter since its size was taken.
      guard !piece.isEmpty else { break }
      try target.write(applied(to: piece, at: offset))
      offset += UInt64(piece.count)
    }
    try target.write(appended)
  }
}
