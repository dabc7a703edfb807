// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Rule {
  /// Thrown while the file is opened, unpacked and read.
  static let unreadable: [Rule] = [
    .missingFile, .cannotOpen, .directory, .notRegularFile, .emptyFile, .cannotRead,
    .damagedPacking,
    .unsupportedPacking, .notELF, .truncatedELF, .unsupportedELF,
  ]

  static let file: [Rule] = [.sectionEntrySize, .fileTooLarge, .wrongMachine, .wrongType]

  private static let system = "the operating system"
  private static let packer =
    "Xen: tools/libs/guest/xg_dom_core.c xc_dom_try_gunzip, xg_dom_bzimageloader.c"
  private static let elfHeader =
    "Xen: xen/common/libelf/libelf-loader.c elf_init; ELF specification, \"ELF header\""

  /// An entry for what keeps a file from being read, whoever was to launch it.
  private static func noImage(_ name: String, source: String, remedy: String) -> Rule {
    Rule(
      name, xl: .unreadable, qemu: .unreadable, dom0: .unreadable, source: source, remedy: remedy,
      check: .whileReading)
  }

  /// Nothing exists at the path.
  public static let missingFile = noImage(
    "missing-file", source: system, remedy: "Build the image or correct the path.")

  /// The operating system does not let us open the path.
  public static let cannotOpen = noImage(
    "cannot-open", source: system, remedy: "Make the file readable for this user.")

  /// The path is a directory.
  public static let directory = noImage(
    "directory", source: system, remedy: "Name the image file inside it.")

  /// The path is a device, a FIFO or a socket.
  public static let notRegularFile = noImage(
    "not-regular-file", source: system,
    remedy: "Name a file on disk; write a stream to a file first.")

  /// The file has 0 bytes.
  public static let emptyFile = noImage(
    "empty-file", source: system, remedy: "Build the image again.")

  /// A read failed although the bytes exist.
  public static let cannotRead = noImage(
    "cannot-read", source: system, remedy: "Copy the file to a disk that reads without errors.")

  /// The ELF file inside cannot be unpacked: it is damaged, cut short or too large.
  public static let damagedPacking = noImage(
    "damaged-packing", source: packer, remedy: "Copy or pack the kernel again.")

  /// The ELF file inside is packed in a format that is not unpacked here.
  public static let unsupportedPacking = noImage(
    "unsupported-packing", source: packer,
    remedy: "Unpack it first, or use the vmlinux that it was made from.")

  /// The file does not begin with the ELF magic.
  public static let notELF = noImage(
    "not-elf", source: elfHeader,
    remedy: "Name the linked image, an ELF file; `pvh build` makes one.")

  /// The ELF header, or a header table that it announces, passes the end of the file.
  public static let truncatedELF = noImage(
    "truncated-elf", source: elfHeader, remedy: "Build or copy the image again.")

  /// The ELF header announces a variant that no x86 image uses.
  public static let unsupportedELF = noImage(
    "unsupported-elf", source: elfHeader, remedy: "Link the image for x86-64 or i386.")

  /// Section headers have a size that nobody writes, and were not read.
  public static let sectionEntrySize = Rule(
    "section-entry-size", xl: .warning, qemu: nil, dom0: .warning, source: elfHeader,
    remedy: "Link the image again; no linker writes this.", check: .whileReading)

  /// The file is larger than libxenguest reads.
  public static let fileTooLarge = Rule(
    "file-too-large", xl: .refused, qemu: nil, dom0: nil,
    source: "Xen: tools/include/xenguest.h XC_DOM_DECOMPRESS_MAX",
    remedy: "Strip debug information, and hand large data over as a module.",
    check: .image { image in
      guard image.fileSize > PVHImage.fileSizeLimit else { return [] }
      return [
        Violation(
          "has \(image.fileSize) bytes, libxenguest reads at most \(PVHImage.fileSizeLimit)")
      ]
    })

  /// The ELF machine is neither 386 nor x86-64.
  public static let wrongMachine = Rule(
    "wrong-machine", xl: .warning, qemu: .refused, dom0: .warning,
    source: "ELF specification, \"ELF header\"",
    remedy: "Link the image for x86-64 (62) or i386 (3).",
    check: .image { image in
      guard image.machine != .i386, image.machine != .x8664 else { return [] }
      return [
        Violation("is for ELF machine \(image.machine.rawValue), PVH is x86 only", at: 18)
      ]
    })

  /// The ELF type is not EXEC.
  public static let wrongType = Rule(
    "wrong-type", xl: .warning, qemu: .warning, dom0: .warning,
    source: "ELF specification, \"ELF header\"",
    remedy: "Link the image for fixed addresses (ET_EXEC, 2).",
    check: .image { image in
      guard image.type != .executable else { return [] }
      return [Violation("has ELF type \(image.type.rawValue), and Xen relocates nothing", at: 16)]
    })
}

extension PVHImage {
  /// The largest file that libxenguest maps; C name: `XC_DOM_DECOMPRESS_MAX`.
  static var fileSizeLimit: UInt64 { 1 << 30 }
}

// MARK: - What the system says, and the first bytes

extension Finding {
  /// The path cannot be opened, for the reason in `errno`.
  static func notOpened(_ number: CInt) -> Finding {
    let message = "cannot be opened: \(systemText(number))"
    return switch number {
    case ENOENT, ENOTDIR: Finding(.missingFile, "no such file")
    case ELOOP, ENAMETOOLONG: Finding(.cannotOpen, message, remedy: "Correct the path.")
    case EMFILE, ENFILE, ENOMEM:
      Finding(.cannotOpen, message, remedy: "Raise the limit, or end other programs.")
    case ENXIO, ENODEV: Finding(.notRegularFile, message, remedy: "Name a file on disk.")
    default: Finding(.cannotOpen, message)
    }
  }

  /// A system call on the open file failed, for the reason in `errno`.
  static func notRead(_ number: CInt, offset: UInt64?) -> Finding {
    Finding(.cannotRead, "cannot be read: \(systemText(number))", offset: offset)
  }

  /// What keeps an open file from being an image, judged by its type and size.
  static func unsuitable(_ status: stat) -> Finding? {
    func notRegular(_ kind: String) -> Finding {
      Finding(.notRegularFile, "is not a regular file (\(kind))")
    }
    return switch status.st_mode & S_IFMT {
    case S_IFREG: status.st_size > 0 ? nil : Finding(.emptyFile, "is empty (0 bytes)")
    case S_IFDIR: Finding(.directory, "is a directory")
    case S_IFIFO: notRegular("a FIFO")
    case S_IFSOCK: notRegular("a socket")
    case S_IFCHR: notRegular("a character device")
    case S_IFBLK: notRegular("a block device")
    default: notRegular("of an unknown type")
    }
  }

  /// The finding if the bytes do not begin with the ELF magic.
  static func notELF(_ bytes: [UInt8]) -> Finding? {
    guard !bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    let isEFI = bytes.starts(with: [0x4d, 0x5a])
    return Finding(
      .notELF, "is not an ELF file: its first bytes are \(hex(bytes.prefix(8))), not 7f 45 4c 46",
      offset: 0,
      remedy: isEFI ? "This is an EFI program: name the ELF file that it was made from." : nil)
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
        offset: UInt64(field.offset))
    }
    return nil
  }
}

/// The operating system's words for an error number.
func systemText(_ number: CInt) -> String {
  var text = [CChar](repeating: 0, count: 128)
  return text.withUnsafeMutableBufferPointer { buffer in
    // SAFETY: the POSIX function fills our buffer with a NUL-terminated text or says that not.
    guard let start = buffer.baseAddress, strerror_r(number, start, buffer.count) == 0 else {
      return "error \(number)"
    }
    return String(cString: start)
  }
}
