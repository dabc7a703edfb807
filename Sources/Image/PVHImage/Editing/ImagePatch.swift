// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Changes to a file: all bytes that it does not name stay what and where they are.
struct ImagePatch: Equatable {
  /// Bytes to put over those that are there, by file offset.
  var replacements: [UInt64: [UInt8]] = [:]
  /// Bytes to put behind the end.
  var appended: [UInt8] = []

  /// A piece of the old file with what is replaced in it.
  func applied(to piece: [UInt8], at offset: UInt64) -> [UInt8] {
    var piece = piece
    let range = offset..<offset + UInt64(piece.count)
    for (start, bytes) in replacements {
      for (index, byte) in bytes.enumerated() where range.contains(start + UInt64(index)) {
        piece[Int(start + UInt64(index) - offset)] = byte
      }
    }
    return piece
  }
}

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
    var file = try EditError.writing(output) { () throws(Errno) in
      try AtomicFile(
        replacing: FilePath(output), permissions: FilePermissions(rawValue: mode & 0o7777))
    }
    try copy(source, to: file.descriptor, named: output)
    let descriptor = file.descriptor.rawValue
    let result = try EditError.reading { () throws(ImageError) in
      try PVHImage(descriptor: descriptor, name: output, symbols: true)
    }
    try check(result)
    do throws(Errno) {
      try file.finish()
    } catch {
      throw EditError(writing: output, error)
    }
    return result
  }

  private func copy(
    _ source: borrowing ImageFile, to target: FileDescriptor, named output: String
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
      let changed = applied(to: piece, at: offset)
      try EditError.writing(output) { () throws(Errno) in try target.writeEverything(changed) }
      offset += UInt64(piece.count)
    }
    try EditError.writing(output) { () throws(Errno) in try target.writeEverything(appended) }
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
  /// Why the result of an edit did not get to where it belongs.
  fileprivate init(writing path: String, _ error: Errno) {
    // What is there and is neither a file nor a folder, such as a device.
    let reason =
      error == .invalidArgument ? "it is no regular file" : systemText(error.rawValue)
    self = .notWritten(path: path, reason: reason)
  }

  fileprivate static func writing<Result: ~Copyable>(
    _ path: String, _ body: () throws(Errno) -> Result
  ) throws(EditError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw EditError(writing: path, error)
    }
  }
}
