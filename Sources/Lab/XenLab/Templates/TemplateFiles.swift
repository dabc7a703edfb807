// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostJSON
import HostSystem
import SystemPackage

/// The file `template.json`: what a template is, and how to see that its files are whole.
struct TemplateManifest: Codable, Equatable {
  /// A page of the memory file that is compared before each restore.
  struct Sample: Codable, Equatable {
    var offset: Int
    var sum: UInt64
  }

  /// Changes when this structure does.
  static let currentFormat = 3

  var format = currentFormat
  /// For example `4.17`, and the version of its Debian package.
  var xen: String
  var xenPackage: String
  var kernelPackage: String
  var xenstore: XenstoreDaemon
  var recipe: String
  var qemu: QemuIdentity
  /// Seconds since 1970.
  var created: Int
  var memorySize: Int
  var memorySamples: [Sample]
  var stateSize: Int
  var stateSum: UInt64

  /// Folder name of a template: readable at the front, unique by its content.
  var key: String {
    var sum = Checksum()
    for part in [xenPackage, kernelPackage, recipe, qemu.version] { sum.add(part) }
    return "xen-\(xen)-\(hexadecimal(sum.value))"
  }

  func encoded() -> [UInt8] {
    // Strings, integers and arrays of them always have a JSON form.
    guard let value = try? JSON.value(self) else { preconditionFailure("not encodable") }
    return value.serialisedForPeople()
  }

  static func read(_ path: FilePath) throws(LabError) -> TemplateManifest {
    let bytes = try FileTree.read(path)
    do {
      let manifest = try JSON.decode(TemplateManifest.self, from: bytes)
      guard manifest.format == currentFormat else {
        throw LabError.damagedTemplate(
          file: path, what: "format \(manifest.format), this pvh reads \(currentFormat)")
      }
      return manifest
    } catch let error as LabError {
      throw error
    } catch {
      throw .damagedTemplate(file: path, what: "not the JSON that pvh writes")
    }
  }
}

/// The opened files of a template, checked: what is restored is what was saved.
///
/// The sizes and the device state are compared in full, the memory by samples: all in a few
/// milliseconds. From here on the folder may be removed.
struct TemplateFiles: ~Copyable {
  let memory: FileDescriptor
  let state: FileDescriptor

  init(_ template: Template) throws(LabError) {
    let memory = try Self.open(template.memory, .readWrite)
    do throws(LabError) {
      try Self.checkMemory(memory, template)
      let state = try Self.open(template.state, .readOnly)
      do throws(LabError) {
        try Self.checkState(state, template)
      } catch {
        try? state.close()
        throw error
      }
      self.memory = memory
      self.state = state
    } catch {
      try? memory.close()
      throw error
    }
  }

  deinit {
    try? memory.close()
    try? state.close()
  }

  private static func open(
    _ path: FilePath, _ mode: FileDescriptor.AccessMode
  ) throws(LabError) -> FileDescriptor {
    guard FileTree.exists(path) else { throw .damagedTemplate(file: path, what: "it is missing") }
    return try attempt("open", path) {
      try FileDescriptor.open(path, mode, options: .closeOnExec)
    }
  }

  private static func checkMemory(
    _ file: FileDescriptor, _ template: Template
  ) throws(LabError) {
    try check(size: template.manifest.memorySize, of: file, template.memory)
    for sample in template.manifest.memorySamples {
      let page = try attempt("read", template.memory) {
        try file.bytes(at: sample.offset, count: MemoryImage.pageSize)
      }
      guard Checksum.of(page) == sample.sum else {
        throw .damagedTemplate(
          file: template.memory, what: "the page at byte \(sample.offset) is not as it was written")
      }
    }
  }

  private static func checkState(_ file: FileDescriptor, _ template: Template) throws(LabError) {
    try check(size: template.manifest.stateSize, of: file, template.state)
    let bytes = try attempt("read", template.state) {
      try file.bytes(at: 0, count: template.manifest.stateSize)
    }
    guard Checksum.of(bytes) == template.manifest.stateSum else {
      throw .damagedTemplate(file: template.state, what: "its checksum differs")
    }
  }

  private static func check(
    size: Int, of file: FileDescriptor, _ path: FilePath
  ) throws(LabError) {
    let found = try attempt("seek", path) { Int(try file.seek(offset: 0, from: .end)) }
    try attempt("seek", path) { try file.seek(offset: 0, from: .start) }
    guard found == size else {
      throw .damagedTemplate(file: path, what: "\(found) bytes instead of \(size)")
    }
  }
}

/// A fast 64-bit sum against accidents (FNV-1a over words); it is no defence against forgery.
struct Checksum {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var sum = value
    let words = bytes.count / 8
    for index in 0..<words {
      sum =
        (sum ^ bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)) &* 0x100_0000_01b3
      // FNV moves nothing downwards; without this the top bit of a word would touch one bit only.
      sum ^= sum >> 32
    }
    for index in words * 8..<bytes.count { sum = (sum ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    value = sum
  }

  mutating func add(_ text: String) {
    var text = text + "\0"
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  static func of(_ bytes: [UInt8]) -> UInt64 {
    var sum = Checksum()
    bytes.withUnsafeBytes { sum.add($0) }
    return sum.value
  }
}
