// SPDX-License-Identifier: Apache-2.0

/// Findings about the first bytes of a file; C name: `e_ident`.
extension Finding {
  /// The finding if the bytes do not begin with the ELF magic.
  static func notELF(_ bytes: [UInt8]) -> Finding? {
    guard !bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    let shown = hex(bytes.prefix(8))
    let remedy =
      if bytes.starts(with: [0x4d, 0x5a]) {
        "This is an EFI program: name the ELF file that it was made from."
      } else {
        "Name the linked image, an ELF file; `pvh build` makes one."
      }
    return Finding(
      .notELF, "is not an ELF file: its first bytes are \(shown), not 7f 45 4c 46", offset: 0,
      remedy: remedy)
  }

  /// The finding if the magic is there and what follows is not for x86 or not of this version.
  ///
  /// Bytes that a short file does not have are left to the check of its length.
  static func unsupported(identity bytes: [UInt8]) -> Finding? {
    let expected: [(offset: Int, name: String, values: [UInt8])] = [
      (4, "class", [1, 2]), (5, "byte order", [1]), (6, "version", [1]),
    ]
    for field in expected where field.offset < bytes.count {
      let value = bytes[field.offset]
      guard !field.values.contains(value) else { continue }
      let values = field.values.map { String($0) }.joined(separator: " or ")
      return Finding(
        .unsupportedELF, "has ELF \(field.name) \(value), an x86 image has \(values)",
        offset: UInt64(field.offset), remedy: "Link the image for x86-64 or i386.")
    }
    return nil
  }
}
