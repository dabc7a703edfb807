// SPDX-License-Identifier: Apache-2.0

import Glibc

extension NoteEdit {
  /// Changes an image's PHYS32_ENTRY note; every other byte stays what and where it is.
  ///
  /// - Parameters:
  ///   - path: The image.
  ///   - output: Where the result goes, which may be `path`. It is put there when it is complete.
  /// - Returns: The new image; ask it for what else keeps it from booting.
  /// - Throws: An error if nothing was changed.
  @discardableResult
  public func apply(to path: String, output: String) throws(EditError) -> PVHImage {
    let image = try EditError.reading { () throws(ImageError) in try PVHImage(contentsOf: path) }
    guard image.packing == .none else { throw .packed }
    let patch = try image.patch(for: self) { name throws(EditError) in
      try Self.value(of: name, in: path)
    }
    var file = try AtomicFile(replacing: output, mode: Self.mode(of: path))
    try Self.copy(path, size: image.fileSize, to: file, patch)
    let descriptor = file.descriptor
    let result = try EditError.reading { () throws(ImageError) in
      try PVHImage(descriptor: descriptor, name: output, symbols: true)
    }
    if self != .remove, let finding = result.entryFindings.first(where: \.preventsBooting) {
      throw .entry(finding)
    }
    try file.finish()
    return result
  }

  private static func value(of symbol: String, in path: String) throws(EditError) -> UInt64 {
    let lookup = try EditError.reading { () throws(ImageError) in
      let reader = try ELFReader.open(ImageFile.open(path))
      return reader.lookUp(symbol, in: reader.sectionHeaders(try reader.header()))
    }
    if let value = lookup.value { return value }
    throw lookup.others.isEmpty ? .noSymbols(symbol) : .noSymbol(symbol, others: lookup.others)
  }

  private static func mode(of path: String) -> mode_t {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode : 0o644
  }

  private static func copy(
    _ path: String, size: UInt64, to target: borrowing AtomicFile, _ patch: ImagePatch
  ) throws(EditError) {
    var offset: UInt64 = 0
    while offset < size {
      let start = offset
      let piece = try EditError.reading { () throws(ImageError) in
        try ImageFile.open(path).bytes(at: start, count: 1 << 20)
      }
      // The file may have become shorter since its size was taken.
      guard !piece.isEmpty else { break }
      try target.write(patch.applied(to: piece, at: offset))
      offset += UInt64(piece.count)
    }
    try target.write(patch.appended)
  }
}

extension EditError {
  /// Turns an error of reading into one of editing.
  static func reading<Result>(
    _ body: () throws(ImageError) -> Result
  ) throws(EditError) -> Result {
    do throws(ImageError) {
      return try body()
    } catch {
      throw .image(error)
    }
  }
}
