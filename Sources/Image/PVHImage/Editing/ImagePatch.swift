// SPDX-License-Identifier: Apache-2.0

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
