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

/// A program of the machine that a preparation or a lab uses.
struct Tool {
  let name: String
  /// The Debian package to install when it is missing.
  let package: String

  static let qemu = Tool(name: "qemu-system-x86_64", package: "qemu-system-x86")
  static let aptGet = Tool(name: "apt-get", package: "apt")
  static let aptCache = Tool(name: "apt-cache", package: "apt")
  static let dpkgDeb = Tool(name: "dpkg-deb", package: "dpkg")
  static let sha256sum = Tool(name: "sha256sum", package: "coreutils")
  static let gzip = Tool(name: "gzip", package: "gzip")
  static let xz = Tool(name: "xz", package: "xz-utils")

  /// Where `PATH` finds it.
  func locate() throws(LabError) -> FilePath {
    do throws(ProcessError) {
      return try ProgramPath.locate(name, package: package)
    } catch {
      throw LabError(error)
    }
  }
}

/// Turns SIGINT, SIGTERM and SIGHUP into an error at the next wait, for as long as it lives.
///
/// A preparation can thus remove what it staged. Only the calling thread's signal mask changes, and
/// it is put back at the end; a signal that is ignored stays ignored.
struct Interrupts: ~Copyable {
  private let signals: SignalDescriptor

  init() throws(LabError) {
    do throws(Errno) {
      signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    } catch {
      throw .system(call: "signalfd", subject: "SIGINT", errno: error)
    }
  }

  /// Throws if a signal has come.
  func check() throws(LabError) {
    if let signal = signals.take() { throw .interrupted(signal: signal) }
  }

  /// Waits until one of the descriptors is readable or closed, or the deadline has passed.
  ///
  /// - Returns: which of them are; all false when the time is up.
  func wait(
    for descriptors: [FileDescriptor], until deadline: MonotonicTime? = nil
  ) throws(LabError) -> [Bool] {
    let ready = PollSet.readable(among: descriptors + [signals.descriptor], until: deadline)
    if ready[descriptors.count] { try check() }
    return Array(ready.dropLast())
  }
}
