// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// A call to the operating system that failed while the agent was starting.
struct StartError: Error {
  var call: String
  var error: Errno

  var message: String { "\(call): \(error)" }

  /// Says what was attempted when a call fails.
  static func explaining<Result: ~Copyable>(
    _ call: String, _ body: () throws(Errno) -> Result
  ) throws(StartError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw StartError(call: call, error: error)
    }
  }
}

/// The two ends of the conversation, moved to where no library and no child process finds them.
///
/// Descriptor 0 becomes /dev/null and descriptor 1 standard error, so that a stray print of some
/// library cannot end up in the middle of a message.
final class ConversationStreams {
  /// Milliseconds between looks for a client at a stream that nobody has connected to.
  private static let connectInterval = 10

  private let incoming: FileDescriptor
  /// What is on its way to the other side.
  var output: OutputQueue
  /// Whether reads return "end of file" until a client has connected, as those of a virtio port do.
  private let startsUnconnected: Bool
  private var hasReceived = false
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init() throws(StartError) {
    incoming = try Self.move(STDIN_FILENO)
    output = OutputQueue(to: try Self.move(STDOUT_FILENO))
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard null >= 0 else { throw Self.failure("opening /dev/null") }
    guard dup2(null, STDIN_FILENO) >= 0, dup2(STDERR_FILENO, STDOUT_FILENO) >= 0 else {
      throw Self.failure("replacing the standard streams")
    }
    close(null)
    let mode = (try? incoming.information())?.st_mode ?? 0
    startsUnconnected = mode & S_IFMT == S_IFCHR && isatty(incoming.rawValue) == 0
  }

  deinit {
    scratch.deallocate()
  }

  private static func move(_ descriptor: Int32) throws(StartError) -> FileDescriptor {
    let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
    guard moved >= 0 else { throw failure("taking over a standard stream") }
    return FileDescriptor(rawValue: moved)
  }

  private static func failure(_ call: String) -> StartError {
    StartError(call: call, error: Errno(rawValue: errno))
  }

  /// No client has connected yet: poll(2) would return at once.
  private var isAlone: Bool { startsUnconnected && !hasReceived }

  /// Adds what to wait for; without a client, the next look for one.
  func add(to waiting: inout PollSet) {
    if isAlone {
      waiting.wake(at: .now.adding(milliseconds: Self.connectInterval))
    } else {
      waiting.add(incoming)
    }
    if !output.isEmpty { waiting.add(output.descriptor, reading: false, writing: true) }
  }

  /// Reads what has come; valid until the next call.
  ///
  /// - Returns: no bytes if none have come, nil at the end of the conversation.
  func receive() -> UnsafeRawBufferPointer? {
    let count = incoming.readAvailable(into: scratch)
    if let count, count > 0 { hasReceived = true }
    guard let count = count ?? (isAlone ? 0 : nil) else { return nil }
    return UnsafeRawBufferPointer(rebasing: scratch[..<count])
  }
}

extension SignalDescriptor {
  /// The signals that ask a program of the control domain to end. They are blocked, so that none interrupts a
  /// library that works on a domain.
  static func forEnding() throws(StartError) -> SignalDescriptor {
    SignalAction.ignoreBrokenPipes()
    return try StartError.explaining("signalfd") { () throws(Errno) in
      try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    }
  }
}
