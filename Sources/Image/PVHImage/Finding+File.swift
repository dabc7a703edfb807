// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Findings about the file itself, before a byte of it has been looked at.
extension Finding {
  /// The path cannot be opened, for the reason in `errno`.
  static func notOpened(_ number: CInt) -> Finding {
    switch number {
    case ENOENT, ENOTDIR:
      Finding(.missingFile, "no such file", remedy: "Build the image or correct the path.")
    case ELOOP, ENAMETOOLONG:
      Finding(
        .cannotOpen, "cannot be opened: \(systemText(number))", remedy: "Correct the path.")
    case EMFILE, ENFILE, ENOMEM:
      Finding(
        .cannotOpen, "cannot be opened: \(systemText(number))",
        remedy: "Raise the limit, or end other programs.")
    case ENXIO, ENODEV:
      Finding(
        .notRegularFile, "cannot be opened: \(systemText(number))", remedy: "Name a file on disk.")
    default:
      Finding(
        .cannotOpen, "cannot be opened: \(systemText(number))",
        remedy: "Make the file readable for this user.")
    }
  }

  /// A system call on the open file failed, for the reason in `errno`.
  static func notRead(_ number: CInt, offset: UInt64?) -> Finding {
    Finding(
      .cannotRead, "cannot be read: \(systemText(number))", offset: offset,
      remedy: "Copy the file to a disk that reads without errors.")
  }

  /// What keeps an open file from being an image, judged by its type and size.
  static func unsuitable(_ status: stat) -> Finding? {
    switch status.st_mode & S_IFMT {
    case S_IFREG where status.st_size > 0:
      nil
    case S_IFREG:
      Finding(.emptyFile, "is empty (0 bytes)", remedy: "Build the image again.")
    case S_IFDIR:
      Finding(.directory, "is a directory", remedy: "Name the image file inside it.")
    default:
      Finding(
        .notRegularFile, "is not a regular file (\(kind(of: status)))",
        remedy: "Name a file on disk; write a stream to a file first.")
    }
  }

  private static func kind(of status: stat) -> String {
    switch status.st_mode & S_IFMT {
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR: "a character device"
    case S_IFBLK: "a block device"
    default: "of an unknown type"
    }
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
