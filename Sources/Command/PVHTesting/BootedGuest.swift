// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
public import Testing

/// A guest that a test has booted, under Xen, and whose console the test has.
///
/// It is ended with the value, and with the test's process, whatever ends that.
public final class BootedGuest {
  private let name: String
  private var pvh: ChildProcess
  private let keyboard: FileDescriptor
  private var console: GuestOutput
  /// What `pvh` says beside the console.
  private var remarks: GuestOutput

  /// Builds a guest of the package that the test is in, and boots it: `pvh build`, `pvh run`.
  ///
  /// The guest runs on this machine if that is a control domain, and otherwise in a lab of its own.
  ///
  /// - Parameters:
  ///   - product: The guest's name in the package.
  ///   - commandLine: What the guest finds as its command line.
  ///   - options: More options of `pvh run`, such as `["--memory", "8"]`.
  ///   - file: A file of the package.
  /// - Throws: ``GuestFailure`` if the guest cannot be built or started.
  public init(
    _ product: String, commandLine: String = "", options: [String] = [], file: String = #filePath
  ) throws(GuestFailure) {
    let program = try PVHProgram()
    let image = try GuestImage.build(product, testedBy: FilePath(file), with: program)
    name = product
    let line = commandLine.isEmpty ? [] : ["--cmdline=\(commandLine)"]
    do {
      // No pipe: writing to a guest that has ended is an error of a socket, and a signal of a pipe.
      let input = try SocketPair()
      let output = try FileDescriptor.closingPipe()
      defer { try? output.writeEnd.close() }
      let error = try FileDescriptor.closingPipe()
      defer { try? error.writeEnd.close() }
      console = GuestOutput(output.readEnd)
      remarks = GuestOutput(error.readEnd)
      pvh = try ChildProcess(
        program.path, ["run", image.path.string] + line + options,
        descriptors: .init(
          input: input.far, output: output.writeEnd, error: error.writeEnd))
      keyboard = input.keepingNear()
    } catch {
      throw GuestFailure("\(program.path) cannot be run: \(error)")
    }
  }

  deinit {
    for descriptor in [keyboard, console.descriptor, remarks.descriptor] {
      try? descriptor.close()
    }
    // pvh destroys the domain before it ends.
    pvh.signalGroup(SIGTERM)
    _ = pvh.descriptor.isReadable(until: .now + .seconds(20))
  }

  /// All that the guest has printed and that has been looked at.
  public var printed: String { console.text }

  /// Waits until the guest has printed a line with `text` in it; lines that an earlier call has passed do not count.
  ///
  /// - Parameters:
  ///   - text: What is in the line.
  ///   - limit: How long the guest may take for it.
  ///   - sourceLocation: Where a failure is reported.
  /// - Returns: The line, without its end.
  /// - Throws: When the guest ends before, or takes longer: the test has failed then.
  @discardableResult
  public func waitForLine(
    _ text: String, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> String {
    let deadline = MonotonicTime.now + limit
    while true {
      while let line = console.takeLine() {
        if line.contains(text) { return line }
      }
      guard !console.hasEnded else {
        try fail("it ended before it printed a line with \"\(text)\"", at: sourceLocation)
      }
      guard MonotonicTime.now < deadline else {
        try fail("no line with \"\(text)\" came within \(limit)", at: sourceLocation)
      }
      read(until: deadline)
    }
  }

  /// Types a line on the guest's console.
  public func send(
    _ line: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var queue = OutputQueue(to: keyboard)
    queue.append(Array("\(line)\n".utf8))
    let deadline = MonotonicTime.now + .seconds(60)
    while true {
      switch queue.flush(milliseconds: 100) {
      case .empty: return
      case .hungUp: try fail("it ended before \"\(line)\" was typed", at: sourceLocation)
      case .waiting where MonotonicTime.now >= deadline:
        try fail("\"\(line)\" cannot be typed: nobody reads", at: sourceLocation)
      case .waiting: read(until: .now)
      }
    }
  }

  /// Waits for the guest's end, which has to come with this exit status.
  ///
  /// - Parameters:
  ///   - status: What `pvh run` exits with: the guest's own status, or 134 if it crashed, and so on.
  ///   - limit: How long the guest may take for it.
  ///   - sourceLocation: Where a failure is reported.
  /// - Throws: When the guest ends otherwise, or takes longer: the test has failed then.
  public func expectExit(
    _ status: Int = 0, within limit: Duration = .seconds(60),
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let deadline = MonotonicTime.now + limit
    while !(console.hasEnded && remarks.hasEnded) {
      guard MonotonicTime.now < deadline else {
        try fail("it did not end within \(limit)", at: sourceLocation)
      }
      read(until: deadline)
    }
    let seen = Int(pvh.wait())
    guard seen == status else {
      try fail("it exited with \(seen) in place of \(status)", at: sourceLocation)
    }
  }

  /// Takes what has come on either stream, or waits for it.
  private func read(until deadline: MonotonicTime) {
    let open = [console, remarks].filter { !$0.hasEnded }.map(\.descriptor)
    _ = PollSet.readable(among: open, until: deadline)
    console.read()
    remarks.read()
  }

  /// Reports a failed expectation, with what is known of the guest.
  private func fail(_ fact: String, at place: SourceLocation) throws -> Never {
    var failure = GuestFailure("\(name): \(fact)", words: console.text, by: "its console so far")
    if !remarks.text.isEmpty { failure.add(remarks.text, by: "pvh run") }
    // Reported once, and at the line of the test.
    let guestDidAsExpected = false
    try #require(guestDidAsExpected, "\(failure.description)", sourceLocation: place)
    throw failure
  }
}
