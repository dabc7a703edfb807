import Glibc
// SPDX-License-Identifier: Apache-2.0
import HostSystem
import SystemPackage

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
