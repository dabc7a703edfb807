// SPDX-License-Identifier: Apache-2.0

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
    return try patch.write(from: path, to: output, size: image.fileSize) {
      result throws(EditError) in
      if self != .remove, let finding = result.entryFindings.first(where: \.preventsBooting) {
        throw .entry(finding)
      }
    }
  }

  static func value(of symbol: String, in path: String) throws(EditError) -> UInt64 {
    let lookup = try EditError.reading { () throws(ImageError) in
      let reader = try ELFReader.open(ImageFile.open(path))
      return reader.lookUp(symbol, in: reader.sectionHeaders(try reader.header()))
    }
    if let value = lookup.value { return value }
    throw lookup.others.isEmpty ? .noSymbols(symbol) : .noSymbol(symbol, others: lookup.others)
  }
}

extension PVHImage {
  /// Refuses an entry at which the guest cannot start.
  func checkEntry() throws(EditError) {
    if let finding = entryFindings.first(where: \.preventsBooting) { throw .entry(finding) }
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
