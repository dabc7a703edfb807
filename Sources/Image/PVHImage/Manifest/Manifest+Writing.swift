// SPDX-License-Identifier: Apache-2.0

import JSON

extension Manifest {
  /// Puts the manifest into an image that has none; every other byte stays what and where it is.
  ///
  /// - Parameter path: The image, which is replaced when the result is complete.
  /// - Throws: An error if nothing was changed.
  public func put(into path: String) throws(EditError) {
    let file = try EditError.reading { () throws(ImageError) in try ImageFile.open(path) }
    let image = try PVHImage(editing: file)
    let content = encoded
    guard content.count <= ImageNote.descriptorLimit else {
      throw .manifestTooLarge(content.count)
    }
    let note = NoteBytes(owner: Self.owner, type: Self.noteType, descriptor: content)
    let patch = try image.appending(
      [AppendedPiece(note, position: image.programHeaders.count)], to: ImagePatch())
    try patch.write(from: file, to: path) { _ throws(EditError) in }
  }

  private var encoded: [UInt8] {
    // Strings and numbers always have a form in JSON.
    (try? JSON.value(self))?.serialised() ?? []
  }
}
