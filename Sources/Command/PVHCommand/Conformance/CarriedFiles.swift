// SPDX-License-Identifier: Apache-2.0

/// Files on their way to a control domain: a tar archive in ustar's form, which every tar unpacks.
///
/// Written by hand: the libraries that the host side links write no archives, and a program would have to be there.
struct CarriedFiles {
  private static let blockSize = 512

  private var bytes: [UInt8] = []

  /// Adds a file; folders are made by who unpacks. The path is relative, and of 100 bytes at most.
  mutating func add(_ path: String, _ content: [UInt8], isExecutable: Bool = false) {
    var header = [UInt8](repeating: 0, count: Self.blockSize)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    precondition(path.utf8.count <= 100)
    put(path, at: 0)
    put(isExecutable ? "0000755" : "0000644", at: 100)
    for offset in [108, 116] { put(octal(0, digits: 7), at: offset) }
    put(octal(content.count, digits: 11), at: 124)
    put(octal(0, digits: 11), at: 136)
    put("0", at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    // The sum is made with spaces in its own place.
    put("        ", at: 148)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6), at: 148)
    header[154] = 0
    bytes += header + content
    bytes += [UInt8](repeating: 0, count: -content.count & (Self.blockSize - 1))
  }

  /// The archive, with the two empty blocks at its end.
  var archive: [UInt8] { bytes + [UInt8](repeating: 0, count: 2 * Self.blockSize) }
}
