// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import PVHImage
import SystemPackage
import Unpacking

/// What a command was given to make a domain from; the content decides, whatever the file's name is.
enum ConfigurationFile {
  /// An image, or what cannot be anything else; who reads it says what is wrong with it.
  case image
  /// A configuration in JSON.
  case json([UInt8])
  /// A configuration of xl.
  case xl([UInt8])

  /// Bytes that a configuration may have.
  private static let limit = 64 << 10

  /// A file is a text if so many of its first bytes are: no format of images begins with as many.
  private static let beginning = 16

  /// U+FEFF in UTF-8, with which some editors begin their files.
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  init(_ file: GuestFile) throws(Problem) {
    let path = file.path
    // One byte more than a configuration may have.
    guard let start = file.start(limit: Self.limit + 1), !start.isEmpty,
      Compression(magic: start) == nil
    else {
      self = .image
      return
    }
    if let place = start.firstIndex(where: { !Self.isOfText($0) }) {
      guard place >= Self.beginning else {
        self = .image
        return
      }
      throw Problem(
        "\(path) begins as a text, but has byte \(hex(start[place])) at offset \(place): a configuration "
          + "has no control characters, and an image is an ELF file", status: .cannotBoot)
    }
    guard start.count <= Self.limit else {
      throw Problem(
        "\(path) is a text of more than \(Self.limit) bytes: too long for a configuration, and an "
          + "image is an ELF file", status: .cannotBoot)
    }
    guard !start.starts(with: Self.byteOrderMark) else {
      throw Problem(
        "\(path) begins with a byte-order mark, and a configuration has none: save it as plain UTF-8",
        status: .cannotBoot)
    }
    switch start.first(where: { !" \t\r\n".utf8.contains($0) }) {
    case UInt8(ascii: "{"): self = .json(start)
    // An array in JSON may have any character in it, and no setting of xl begins like this.
    case let first where first != UInt8(ascii: "[") && start.contains(UInt8(ascii: "=")):
      self = .xl(start)
    default:
      throw Problem(
        "\(path) is a text, but no configuration: one in JSON is an object and begins with \"{\", one "
          + "of xl has lines such as memory = 16; an image is an ELF file", status: .cannotBoot)
    }
  }

  /// Whether a byte is no control character, or one that texts have.
  private static func isOfText(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != 0x7f || (0x09...0x0d).contains(byte)
  }
}
