// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

/// The files that pvh has sent for its next run.
struct AttachedFiles {
  /// Bytes that one file may have.
  static let sizeLimit = 1 << 30

  private var files: [AttachedFile: ImageFile] = [:]
  /// The first thing that went wrong; the run that wants the files reports it.
  private var error: ToolstackError?

  /// Adds bytes at the end of a file.
  mutating func append(_ bytes: [UInt8], to name: AttachedFile) {
    guard error == nil else { return }
    do throws(ToolstackError) {
      let file = try self.file(name)
      guard file.byteCount + bytes.count <= Self.sizeLimit else {
        throw ToolstackError(
          .badConfiguration, "the \(name.rawValue) has more than \(Self.sizeLimit) bytes")
      }
      try file.append(bytes)
    } catch {
      self.error = error
    }
  }

  /// Takes the files of a run, and checks that they arrived whole; none are left for the next run.
  mutating func take(for run: RunRequest) throws(ToolstackError) -> DomainImage {
    defer { (files, error) = ([:], nil) }
    if let error { throw error }
    var image = DomainImage(kernel: try file(.kernel, byteCount: run.kernelByteCount))
    if let count = run.moduleByteCount { image.module = try file(.module, byteCount: count) }
    return image
  }

  private mutating func file(_ name: AttachedFile, byteCount: Int) throws(ToolstackError)
    -> ImageFile
  {
    let file = try file(name)
    guard file.byteCount == byteCount else {
      throw ToolstackError(
        .badConfiguration,
        "\(file.byteCount) bytes of the \(name.rawValue) were attached, but the run announces "
          + "\(byteCount)")
    }
    return file
  }

  private mutating func file(_ name: AttachedFile) throws(ToolstackError) -> ImageFile {
    if let file = files[name] { return file }
    let file = try ImageFile(label: "pvh-\(name.rawValue)")
    files[name] = file
    return file
  }
}
