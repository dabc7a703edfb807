// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import Testing

@Suite struct ChildProcessTests {
  @Test func givesStatusAndOutput() throws {
    let output = try Scratch()
    var child = try ChildProcess(
      "/bin/sh", ["-c", "echo $WORD; pwd; exit 7"], environment: ["WORD": "hello"], directory: "/",
      descriptors: .init(output: output.descriptor))
    #expect(child.wait() == 7)
    #expect(child.wait() == 7)
    #expect(output.text() == "hello\n/\n")
  }

  @Test func tellsSignals() throws {
    var child = try ChildProcess("/bin/sh", ["-c", "kill -TERM $$"], descriptors: .init())
    #expect(child.wait() == 128 + SIGTERM)
  }

  @Test func failsIfTheProgramIsMissing() {
    #expect(
      throws: ProcessError.notStarted(program: "/no/such", .noSuchFileOrDirectory)
    ) { _ = try ChildProcess("/no/such", [], descriptors: .init()) }
  }

  @Test func killsWhatIsForgotten() throws {
    let pipe = try FileDescriptor.pipe(options: .closeOnExec)
    defer { try? pipe.readEnd.close() }
    do {
      _ = try ChildProcess("/bin/sleep", ["100"], descriptors: .init(output: pipe.writeEnd))
    }
    try pipe.writeEnd.close()
    // The end of the pipe: nobody holds the other end any more.
    var request = pollfd(fd: pipe.readEnd.rawValue, events: Int16(POLLIN), revents: 0)
    #expect(poll(&request, 1, 5000) == 1)
  }

  @Test func goesOnInASessionOfItsOwn() throws {
    let output = try Scratch()
    var child = try ChildProcess(
      "/bin/sh", ["-c", "read -r all </proc/$$/stat; echo $all"],
      descriptors: .init(output: output.descriptor),
      attachment: .ownSession)
    #expect(child.takeEnding() == nil || child.hasEnded)
    #expect(child.wait() == 0)
    // Its number, name, state, parent, group and session. Source: proc(5).
    let fields = output.text().split(whereSeparator: \.isWhitespace)
    #expect(fields.count > 6 && fields[0] == fields[5])
    #expect(child.takeEnding() == .exited(0))
  }

  @Test func hasATerminalOfItsOwn() throws {
    let terminal = try PseudoTerminal()
    TerminalSize(columns: 71, rows: 23).apply(to: terminal.descriptor)
    var child = try ChildProcess(
      "/bin/sh", ["-c", "tty; stty size; echo tty >/dev/tty; exit 3"],
      attachment: .terminal(terminal.path))
    var said: [UInt8] = []
    while terminal.descriptor.isReadable(within: 10_000),
      let bytes = terminal.descriptor.readAvailable(limit: 1000)
    {
      said += bytes
    }
    try terminal.descriptor.close()
    #expect(child.wait() == 3)
    #expect(String(decoding: said, as: UTF8.self) == "\(terminal.path)\r\n23 71\r\ntty\r\n")
  }

  @Test func killsAGroup() throws {
    let pipe = try FileDescriptor.closingPipe()
    defer { try? pipe.readEnd.close() }
    var child = try ChildProcess(
      "/bin/sh", ["-c", "sleep 100 & wait"], descriptors: .init(output: pipe.writeEnd),
      attachment: .ownGroup)
    try pipe.writeEnd.close()
    child.killGroup()
    #expect(child.takeEnding() == .signalled(Int(SIGKILL)))
    #expect(pipe.readEnd.isReadable(within: 5000))
    #expect(pipe.readEnd.readAvailable(limit: 1) == nil)
  }

  @Test func inheritsOnlyWhatItIsGiven() throws {
    let output = try Scratch()
    let given = try Scratch()
    let kept = try Scratch()
    // Even if someone forgot close-on-exec.
    _ = fcntl(kept.descriptor.rawValue, F_SETFD, 0)
    var child = try ChildProcess(
      "/bin/ls", ["-l", "/proc/self/fd"],
      descriptors: .init(output: output.descriptor, inherited: [given.descriptor]))
    #expect(child.wait() == 0)
    #expect(output.text().contains(" \(given.descriptor.rawValue) -> "))
    #expect(!output.text().contains(" \(kept.descriptor.rawValue) -> "))
  }
}

/// A file without a name, for a program's output.
private final class Scratch {
  let descriptor: FileDescriptor

  init() throws {
    var name = Array("/tmp/pvhkit-test-XXXXXX".utf8CString)
    descriptor = FileDescriptor(rawValue: mkstemp(&name))
    try #require(descriptor.rawValue >= 0)
    _ = fcntl(descriptor.rawValue, F_SETFD, FD_CLOEXEC)
    unlink(name)
  }

  deinit { try? descriptor.close() }

  func text() -> String {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = buffer.withUnsafeMutableBytes {
      (try? descriptor.read(fromAbsoluteOffset: 0, into: $0)) ?? 0
    }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
