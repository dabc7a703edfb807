// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import Synchronization
public import SystemPackage

/// A running Xen host, restored from a template, with an agent in its dom0.
///
/// It exists in memory only, and QEMU dies with this process, however that ends: nothing is left
/// behind. Any number of them can run at once; each has its own copy of the memory.
public final class LabHost: Sendable {
  /// A stream socket to the agent: its standard input and output.
  ///
  /// It ends when QEMU ends, and QEMU ends when the agent does. Use `MSG_NOSIGNAL` or ignore
  /// SIGPIPE when writing. `stop` closes it.
  public let channel: FileDescriptor

  /// How long the parts of the restore took.
  public let timings: RestoreTimings

  private let serial: MemoryFile
  private let output: MemoryFile
  let qemu: Mutex<ChildProcess>
  private let isOpen = Mutex(true)

  /// Where the agent is in dom0.
  public static let agentPath = "/agent/agent"

  /// Restores a template and lets its dom0 run `agent`, an x86-64 ELF program.
  ///
  /// The arguments are words without spaces.
  /// The agent has the libraries of the template's Xen and of its C library at hand. Its standard
  /// error goes to dom0's console, so to `serialLog`.
  public init(
    restoring template: Template, agent: FilePath, arguments: [String] = [],
    tracing trace: InstructionTrace? = nil
  ) throws(LabError) {
    var clock = RestoreTimings.Clock()
    try template.manifest.qemu.check()
    let files = try TemplateFiles(template)
    clock.lap(\.checked)
    serial = try MemoryFile.make(name: "serial")
    output = try MemoryFile.make(name: "output")
    let disk = try AgentDisk.make(agent: agent)
    let hypervisor = try MemoryFile.make(name: "stub", content: MultibootStub.bytes)
    let channel = try SocketPair.make()
    let control = try SocketPair.make()
    let log = try serial.opened(.writeOnly, .append)
    defer { try? log.close() }
    let readOnlyDisk = try disk.opened(.readOnly)
    defer { try? readOnlyDisk.close() }
    clock.lap(\.agentCopied)
    var child = try QemuCommand.start(
      .init(
        memory: files.memory, serial: log, agentDisk: readOnlyDisk, channel: channel.far,
        control: control.far, hypervisor: hypervisor.descriptor, state: files.state,
        trace: trace),
      output: output.descriptor)
    let controlEnd = control.keepingNear()
    defer { try? controlEnd.close() }
    let channelEnd = channel.keepingNear()
    do throws(LabError) {
      try Self.resume(controlEnd, files.state, template, &child, output, &clock)
      try Self.startAgent(channelEnd, arguments)
    } catch {
      try? channelEnd.close()
      throw error
    }
    self.channel = channelEnd
    timings = clock.timings
    qemu = Mutex(child)
  }

  deinit { stop() }

  /// What Xen and dom0 printed since the restore.
  ///
  /// Guests' writes to port 0xE9 and Xen's words about a guest's triple fault are in it.
  public func serialLog() -> String {
    // The serial console ends its lines with CR LF.
    String(decoding: serial.text().utf8.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  /// Bytes of the log, with the carriage returns that a serial console gets.
  public var serialLogSize: Int { serial.size }

  /// Forgets what Xen and dom0 printed when it is more than so many bytes.
  public func trimSerialLog(limit: Int) {
    // QEMU appends, so it goes on at the new end.
    if serial.size > limit { ftruncate(serial.descriptor.rawValue, 0) }
  }

  /// Why the lab ended, if it ended by itself; nil as long as it runs.
  ///
  /// To be asked when `channel` ends unexpectedly.
  public func failure() -> LabError? {
    qemu.withLock { child in
      // The channel ends a moment before QEMU does.
      let patience: Duration = channelHasEnded ? .seconds(2) : .zero
      guard child.descriptor.isReadable(until: .now + patience) else { return nil }
      let status = child.wait()
      let log = serialLog()
      for line in log.split(whereSeparator: \.isNewline)
      where line.hasPrefix(Dom0Init.endedWords) {
        let status = Int32(line.dropFirst(Dom0Init.endedWords.count + 1)) ?? -1
        return .agentEnded(status: status, log: String(log.suffix(2000)))
      }
      return .qemuEnded(status: status, output: output.text(last: 2000))
    }
  }

  private var channelHasEnded: Bool {
    isOpen.withLock { isOpen in
      var byte: UInt8 = 0
      return !isOpen || recv(channel.rawValue, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }
  }

  /// Ends the host at once; a second call does nothing.
  public func stop() {
    qemu.withLock { $0.kill() }
    isOpen.withLock { isOpen in
      if isOpen { try? channel.close() }
      isOpen = false
    }
  }

  private static func resume(
    _ control: FileDescriptor, _ state: FileDescriptor, _ template: Template,
    _ child: inout ChildProcess, _ output: borrowing MemoryFile,
    _ clock: inout RestoreTimings.Clock
  ) throws(LabError) {
    let deadline = MonotonicTime.now + .seconds(60)
    var client = QMPClient(control)
    let negotiated = try client.execute([.negotiate, .ignoreShared], deadline: deadline)
    clock.lap(\.qemuStarted)
    guard negotiated != nil else {
      throw .qemuEnded(status: child.wait(), output: output.text(last: 2000))
    }
    // QEMU resumes the machine by itself when the state is complete.
    guard try client.execute([.load(from: state)], deadline: deadline) != nil,
      try client.wait(for: "RESUME", deadline: deadline)
    else {
      _ = child.wait()
      let reasons = output.text(last: 1000).split(whereSeparator: \.isNewline)
      throw .damagedTemplate(
        file: template.state, what: "QEMU does not take it (\(reasons.joined(separator: "; ")))")
    }
    clock.lap(\.resumed)
  }

  private static func startAgent(
    _ channel: FileDescriptor, _ arguments: [String]
  ) throws(LabError) {
    let words = [Dom0Init.startWord, "\(time(nil))"] + arguments
    let line = Array((words.joined(separator: " ") + "\n").utf8)
    try attempt("send", "dom0's port") { try channel.writeEverything(line) }
  }
}

extension LabHost {
  /// Bytes of this machine's memory that the host has for itself; zero if it has ended.
  public var memoryInUse: Int {
    let descriptor = qemu.withLock { $0.descriptor.rawValue }
    guard let process = Self.number("Pid:", in: FilePath("/proc/self/fdinfo/\(descriptor)")),
      // Pages of the template that were written to are no file's any more.
      let kibibytes = Self.number("RssAnon:", in: FilePath("/proc/\(process)/status"))
    else { return 0 }
    return kibibytes * 1024
  }

  /// The number behind a word at the start of a line. Source: proc(5).
  private static func number(_ word: String, in file: FilePath) -> Int? {
    guard let descriptor = try? FileDescriptor.open(file, .readOnly, options: .closeOnExec) else {
      return nil
    }
    defer { try? descriptor.close() }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = (try? buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }) ?? 0
    let line = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix(word) }
    return line.flatMap { Int($0.filter(\.isNumber)) }
  }
}

/// How long the parts of one restore took, each from the end of the part before.
public struct RestoreTimings: Sendable {
  /// Comparing the template's files with what was saved.
  public internal(set) var checked = Duration.zero
  /// Putting the agent on its disk.
  public internal(set) var agentCopied = Duration.zero
  /// From starting QEMU to its first answer.
  public internal(set) var qemuStarted = Duration.zero
  /// Loading the device state, until the machine runs.
  public internal(set) var resumed = Duration.zero

  /// The whole restore; the agent's own start comes on top.
  public var total: Duration { checked + agentCopied + qemuStarted + resumed }

  struct Clock {
    private(set) var timings = RestoreTimings()
    private var last = MonotonicTime.now

    mutating func lap(_ part: WritableKeyPath<RestoreTimings, Duration>) {
      let now = MonotonicTime.now
      timings[keyPath: part] = now - last
      last = now
    }
  }
}
