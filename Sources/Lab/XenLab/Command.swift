// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// One run of a tool, to its end.
struct Command {
  var tool: Tool
  var arguments: [String]
  var environment: [String: String] = [:]
  var directory: FilePath?
  var inherited: [FileDescriptor] = []

  /// Runs the tool and gives its output piece by piece.
  ///
  /// `consume` gets a descriptor that reads the tool's output to its end. It may stop early only by
  /// throwing; the tool is killed then.
  func run(
    _ interrupts: borrowing Interrupts,
    consume: (FileDescriptor) throws(LabError) -> Void
  ) throws(LabError) {
    let path = try tool.locate()
    let complaints = try MemoryFile.make(name: "stderr")
    let pipe = try attempt("pipe", path) { try FileDescriptor.pipe(options: .closeOnExec) }
    defer { try? pipe.readEnd.close() }
    var child: ChildProcess
    do throws(ProcessError) {
      defer { try? pipe.writeEnd.close() }
      child = try ChildProcess(
        path, arguments, environment: environment, directory: directory,
        descriptors: .init(
          output: pipe.writeEnd, error: complaints.descriptor, inherited: inherited))
    } catch {
      throw LabError(error)
    }
    try consume(pipe.readEnd)
    while try !interrupts.wait(for: [child.descriptor])[0] {}
    let status = child.wait()
    guard status == 0 else {
      throw .commandFailed(
        command: ([tool.name] + arguments.prefix(2)).joined(separator: " "), status: status,
        output: complaints.text(last: 4096))
    }
  }

  /// Runs the tool and collects its output.
  func output(_ interrupts: borrowing Interrupts) throws(LabError) -> [UInt8] {
    var result: [UInt8] = []
    try run(interrupts) { (pipe) throws(LabError) in
      result = try readAll(pipe, interrupts)
    }
    return result
  }

  /// Runs the tool, giving each line of its output to `line` as it comes.
  func run(
    _ interrupts: borrowing Interrupts, line: (Substring) -> Void
  ) throws(LabError) {
    try run(interrupts) { (pipe) throws(LabError) in
      var pending = ""
      try read(pipe, interrupts) { bytes in
        pending += String(decoding: bytes, as: UTF8.self)
        while let end = pending.firstIndex(of: "\n") {
          line(pending[..<end])
          pending.removeSubrange(...end)
        }
      }
    }
  }

  private func readAll(
    _ pipe: FileDescriptor, _ interrupts: borrowing Interrupts
  ) throws(LabError) -> [UInt8] {
    var result: [UInt8] = []
    try read(pipe, interrupts) { result.append(contentsOf: $0) }
    return result
  }

  private func read(
    _ pipe: FileDescriptor, _ interrupts: borrowing Interrupts,
    _ consume: (UnsafeRawBufferPointer) -> Void
  ) throws(LabError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      guard try interrupts.wait(for: [pipe])[0] else { continue }
      let count = try attempt("read", FilePath(tool.name)) { try pipe.read(into: buffer) }
      if count == 0 { return }
      consume(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
