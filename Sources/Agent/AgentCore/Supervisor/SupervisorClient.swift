// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage

/// An agent that talks to the supervisor, on behalf of its pvh.
final class SupervisorClient {
  /// Bytes of console output that may wait for a slow agent; the connection to a slower one is closed.
  private static let backlogLimit = 64 << 20

  private let socket: FileDescriptor
  /// The files of the domain that is to be created.
  var files = AttachedFiles()
  /// The name of the domain whose console it has.
  var console: String?
  private var reader = MessageReader()
  private var output: OutputQueue
  private(set) var isGone = false

  init(takingOver socket: FileDescriptor) {
    self.socket = socket
    output = OutputQueue(to: socket)
  }

  deinit {
    try? socket.close()
  }

  func add(to waiting: inout PollSet) { waiting.add(socket, writing: !output.isEmpty) }

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
    guard !isGone else { return false }
    guard let bytes = socket.readAvailable(limit: 64 << 10) else {
      isGone = true
      return false
    }
    reader.append(bytes)
    return !bytes.isEmpty
  }

  /// Queues an answer; ``flush()`` sends it.
  func send(_ event: Event) {
    output.append(event.message.encoded())
    if output.count > Self.backlogLimit { isGone = true }
  }

  /// Sends what the socket takes now.
  func flush() {
    if output.flush() == .hungUp { isGone = true }
  }
}
