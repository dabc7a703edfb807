// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc

/// An agent that talks to the supervisor, on behalf of its pvh.
final class SupervisorClient {
  /// Bytes of console output that may wait for a slow agent; one that is slower is left.
  private static let backlogLimit = 64 << 20

  let socket: Int32
  /// The files of the domain that it wants.
  var files = AttachedFiles()
  /// The name of the domain whose console it has.
  var console: String?
  private var reader = MessageReader()
  private var output: OutputQueue
  private(set) var isGone = false

  /// Takes over a connection.
  init(takingOver socket: Int32) {
    self.socket = socket
    output = OutputQueue(descriptor: socket)
  }

  deinit {
    close(socket)
  }

  /// What to poll for.
  var events: Int16 { Int16(POLLIN | (output.count > 0 ? POLLOUT : 0)) }

  /// The next request, if one has come.
  func next() -> Request? {
    do {
      while true {
        if let message = try reader.next() { return try Request(message) }
        guard receive() else { return nil }
      }
    } catch {
      send(
        .failed(
          Failure(subject: .conversation, kind: .badRequest, message: error.description)))
      _ = output.flush(milliseconds: 100)
      isGone = true
      return nil
    }
  }

  /// Reads what has come; false if nothing has.
  private func receive() -> Bool {
    var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard !isGone, poll(&entry, 1, 0) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = read(socket, &bytes, bytes.count)
    if count > 0 { bytes[..<count].withUnsafeBytes { reader.append($0) } }
    if count == 0 || count < 0 && errno != EINTR && errno != EAGAIN { isGone = true }
    return count > 0
  }

  /// Answers; the loop sends it.
  func send(_ event: Event) {
    output.append(event.message.encoded())
    if output.count > Self.backlogLimit { isGone = true }
  }

  /// Sends what can be sent.
  func flush() {
    if case .hungUp = output.flush() { isGone = true }
  }
}
