// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Copies a machine's memory to a file in which zero pages are holes.
struct MemoryImage {
  static let pageSize = 4096
  private static let chunk = 1 << 20

  /// Offsets of the pages written.
  private var pages: [Int] = []

  /// Copies `memory` to `target`, which must be empty.
  ///
  /// - Returns: pages to compare before a restore.
  static func write(
    _ memory: FileDescriptor, size: Int, to target: FilePath, _ interrupts: borrowing Interrupts,
    progress: (PreparationProgress) -> Void
  ) throws(LabError) -> [TemplateManifest.Sample] {
    let file = try attempt("create", target) {
      try FileDescriptor.open(
        target, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    }
    defer { try? file.close() }
    var image = MemoryImage()
    try attempt("ftruncate", target) { try file.resize(to: Int64(size)) }
    var position = 0
    while position < size {
      try interrupts.check()
      // Memory that the machine never touched is a hole already.
      guard let start = memory.nextData(from: position) else { break }
      progress(
        .init(
          step: .saving, fraction: Double(start) / Double(size),
          bytesDone: image.pages.count * pageSize))
      position = start / pageSize * pageSize
      let bytes = try attempt("read", "memory") {
        try memory.bytes(at: position, count: min(chunk, size - position))
      }
      try attempt("write", target) { try image.copy(bytes, at: position, to: file) }
      position += bytes.count
    }
    // A full disk may be noticed only when the pages really go there.
    try attempt("fsync", target) { try file.synchronize() }
    return try attempt("read", target) { try image.samples(of: file) }
  }

  /// Writes the runs of pages that are not zero.
  private mutating func copy(_ bytes: [UInt8], at offset: Int, to file: FileDescriptor) throws {
    try bytes.withUnsafeBytes { bytes in
      var run = 0
      for page in stride(from: 0, through: bytes.count, by: Self.pageSize) {
        if page < bytes.count, !Self.isZero(bytes, page) {
          pages.append(offset + page)
          continue
        }
        if page > run {
          try file.writeAll(
            toAbsoluteOffset: Int64(offset + run),
            UnsafeRawBufferPointer(rebasing: bytes[run..<page]))
        }
        run = page + Self.pageSize
      }
    }
  }

  private static func isZero(_ bytes: UnsafeRawBufferPointer, _ page: Int) -> Bool {
    guard let base = bytes.baseAddress else { return true }
    // Each byte equals its successor and the first is zero.
    return bytes[page] == 0 && memcmp(base + page, base + page + 1, pageSize - 1) == 0
  }

  private func samples(of file: FileDescriptor) throws -> [TemplateManifest.Sample] {
    let step = max(1, pages.count / 128)
    return try stride(from: 0, to: pages.count, by: step).map { index in
      let page = try file.bytes(at: pages[index], count: Self.pageSize)
      return .init(offset: pages[index], sum: Checksum.of(page))
    }
  }
}
