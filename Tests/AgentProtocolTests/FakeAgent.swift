// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Dispatch
import Foundation
import Glibc
import Synchronization

/// The other end of a client's conversation, played by a script on a thread of its own.
final class FakeAgent: Sendable {
  /// The client's end.
  let clientEnd: Int32
  private let agentEnd: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    let result = socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    precondition(result == 0, "socketpair")
    (clientEnd, agentEnd) = (ends[0], ends[1])
  }

  /// Answers each request by a script, until the client or the script (by nil) ends it all.
  ///
  /// The thread is a real one: a test that blocks in the client must not keep it from running.
  func play(_ script: @escaping @Sendable (Request) -> [Event]?) -> Performance {
    let performance = Performance()
    Thread.detachNewThread { [agentEnd] in
      performance.finish(Self.converse(on: agentEnd, script))
    }
    return performance
  }

  private static func converse(
    on descriptor: Int32, _ script: (Request) -> [Event]?
  ) -> [Request] {
    defer { close(descriptor) }
    var reader = MessageReader()
    var requests: [Request] = []
    var buffer = [UInt8](repeating: 0, count: 1000)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return requests }
      reader.append(Array(buffer[..<count]))
      while let message = try? reader.next(), let request = try? Request(message) {
        requests.append(request)
        guard let events = script(request) else { return requests }
        for event in events { send(event.message.encoded(), to: descriptor) }
      }
    }
  }

  /// Sends bytes that are no answer to anything, and hangs up if told to.
  func blurt(_ bytes: [UInt8], hangUp: Bool = false) {
    Self.send(bytes, to: agentEnd)
    if hangUp { close(agentEnd) }
  }

  private static func send(_ bytes: [UInt8], to descriptor: Int32) {
    // In small pieces, as a pipe or a virtio port may deliver them.
    for start in stride(from: 0, to: bytes.count, by: 7001) {
      let piece = Array(bytes[start..<min(start + 7001, bytes.count)])
      _ = write(descriptor, piece, piece.count)
    }
  }
}

/// What a client asked for, known when the conversation is over.
final class Performance: Sendable {
  private let requests = Mutex<[Request]>([])
  private let end = DispatchSemaphore(value: 0)

  fileprivate func finish(_ requests: [Request]) {
    self.requests.withLock { $0 = requests }
    end.signal()
  }

  /// Waits for the end of the conversation.
  func finished() -> [Request] {
    end.wait()
    return requests.withLock { $0 }
  }
}
