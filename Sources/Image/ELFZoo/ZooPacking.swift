// SPDX-License-Identifier: Apache-2.0

/// What is around an ELF file.
enum ZooPacking {
  case none
  case gzip
  /// A boot image as Linux has it, and gzip inside.
  case bootImage

  /// The file for an image of this name.
  func pack(_ bytes: [UInt8], _ name: String) -> [UInt8] {
    switch self {
    case .none: bytes
    case .gzip: Self.gzipped(bytes)
    case .bootImage: Self.bootImage(Self.gzipped(bytes), name)
    }
  }

  /// A gzip file with the bytes as they are, in blocks that are stored. Source: RFC 1951 and 1952.
  private static func gzipped(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
    let limit = 0xffff
    for start in stride(from: 0, to: bytes.count, by: limit) {
      let block = bytes[start..<min(start + limit, bytes.count)]
      let isLast = block.endIndex == bytes.count
      let count = UInt64(block.count)
      file += [isLast ? 1 : 0] + zooBytes(count, 2) + zooBytes(~count, 2) + block
    }
    return file + zooBytes(UInt64(checksum(bytes)), 4) + zooBytes(UInt64(bytes.count), 4)
  }

  /// CRC-32 as gzip has it.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = ~UInt32(0)
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 0 ? 0 : 0xedb8_8320) }
    }
    return ~sum
  }

  /// A boot image as Linux has it, with this payload; its real-mode code prints the image's name.
  /// Source: Linux, Documentation/arch/x86/boot.rst.
  private static func bootImage(_ payload: [UInt8], _ name: String) -> [UInt8] {
    let setupSectors = 4
    var file = [UInt8](repeating: 0, count: (setupSectors + 1) * 512)
    func put(_ bytes: [UInt8], at offset: Int) {
      file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    put([UInt8(setupSectors)], at: 0x1f1)
    // The boot sector's own mark, and a jump over the fields.
    put([0x55, 0xaa, 0xeb, UInt8(codeOffset - 0x202)], at: 0x1fe)
    // Version 2.15; loaded high.
    put(Array("HdrS".utf8) + [0x0f, 0x02], at: 0x202)
    put([1], at: 0x211)
    put(zooBytes(0x10_0000, 4), at: 0x214)
    // Where the payload begins in what is behind the setup sectors, and how long it is.
    put(zooBytes(0, 4) + zooBytes(UInt64(payload.count), 4), at: 0x248)
    put(realModeCode, at: codeOffset)
    put(zooBytes(UInt64(textOffset), 2), at: codeOffset + 1)
    put(Array("\(name): \(ZooLine.linuxProtocol.rawValue)\n\0".utf8), at: textOffset)
    return file + payload
  }

  private static let codeOffset = 0x270
  private static let textOffset = 0x300

  /// Prints a text of the segment DS to port 0xE9 and the first serial port, and ends QEMU.
  private static let realModeCode: [UInt8] = [
    // mov $text, %si; cld
    0xbe, 0x22, 0x22, 0xfc,
    // lodsb, to the end; out %al, $0xe9; mov $0x3f8, %dx; out %al, (%dx)
    0xac, 0x84, 0xc0, 0x74, 0x08, 0xe6, 0xe9, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf3,
    // isa-debug-exit; ACPI: mov $0x604, %dx; mov $0x2000, %ax; out %ax, (%dx)
    0xe6, 0xf4, 0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef,
    // hlt for ever
    0xf4, 0xeb, 0xfd,
  ]
}
