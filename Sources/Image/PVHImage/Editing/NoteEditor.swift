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
    let file = try EditError.reading { () throws(ImageError) in try ImageFile.open(path) }
    let image = try PVHImage(editing: file)
    let descriptor = file.descriptor
    let patch = try image.patch(for: self) { name throws(EditError) in
      try Self.value(of: name, in: descriptor, path)
    }
    return try patch.write(from: file, to: output) {
      result throws(EditError) in
      if self != .remove { try result.checkEntry() }
    }
  }

  static func value(
    of symbol: String, in descriptor: CInt, _ name: String
  ) throws(EditError) -> UInt64 {
    let lookup = try EditError.reading { () throws(ImageError) in
      let reader = try ELFReader.open(ImageFile.borrow(descriptor, name: name))
      return reader.lookUp(symbol, in: reader.sectionHeaders(try reader.header()))
    }
    if let value = lookup.value { return value }
    throw lookup.others.isEmpty ? .noSymbols(symbol) : .noSymbol(symbol, others: lookup.others)
  }
}

extension PVHImage {
  /// Reads a file that is to be changed, through the descriptor from which it is copied later: the
  /// path may lead to another file by then.
  init(editing file: borrowing ImageFile) throws(EditError) {
    do throws(ImageError) {
      self = try PVHImage(descriptor: file.descriptor, name: file.name)
    } catch {
      throw .image(error)
    }
    guard packing == .none else { throw .packed }
    guard machine == .i386 || machine == .x8664 else { throw .wrongMachine(machine.rawValue) }
  }

  /// Refuses a program for an operating system: its interpreter would not be there.
  func checkStatic() throws(EditError) {
    guard programHeaders.contains(where: { $0.type == .interpreter }) else { return }
    if let finding = findings(of: [.dynamicImage]).first { throw .entry(finding) }
  }

  /// Refuses an entry at which the guest cannot start.
  func checkEntry() throws(EditError) {
    if let finding = findings(of: Rule.entry).first(where: \.preventsBooting) {
      throw .entry(finding)
    }
  }
}

extension EditError {
  /// Turns an error of reading into one of editing.
  static func reading<Result: ~Copyable>(
    _ body: () throws(ImageError) -> Result
  ) throws(EditError) -> Result {
    do throws(ImageError) {
      return try body()
    } catch {
      throw .image(error)
    }
  }
}
