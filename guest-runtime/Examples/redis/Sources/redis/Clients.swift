// SPDX-License-Identifier: Apache-2.0

import GuestTCP
import RedisServing

/// All connections of clients.
final class Clients: @unchecked Sendable {
  // There is one CPU, and a task runs until it awaits.
  private let server: RedisServer
  private let log: AppendLog?
  private let clock: WallClock
  private let console: GuestConsole
  /// How many bytes of changes may be written down later.
  private static let logLimit = 131_072

  init(_ server: RedisServer, _ log: AppendLog?, _ clock: WallClock, _ console: GuestConsole) {
    (self.server, self.log, self.clock, self.console) = (server, log, clock, console)
  }

  /// Serves a client until it has gone.
  func serve(_ stream: TCPStream) async {
    let client = server.open()
    let output = Output(client, stream)
    client.onMessage = { output.sendSoon() }
    defer {
      client.onMessage = nil
      server.close(client)
      stream.close()
    }
    await output.send()
    // A client may say nothing for a day.
    while !client.isEnding, !output.isBroken,
      let bytes = try? await stream.read(atMost: 16_384, withinMilliseconds: 86_400_000),
      !bytes.isEmpty
    {
      client.receive(bytes)
      while !output.isBroken {
        let hasMore = server.run(client, now: clock.now)
        if let log { await wait(for: log, client) }
        await output.send()
        guard hasMore else { break }
        // Somebody else is sending: a message.
        if output.isSending { try? await Task.sleep(milliseconds: 10) } else { await Task.yield() }
      }
    }
  }

  /// Waits until what a client's answers tell of is on the disk, or what was not written down is not too much.
  private func wait(for log: AppendLog, _ client: RedisClient) async {
    guard client.isHolding || server.logSize > Self.logLimit else { return }
    do throws(GuestError) {
      if try await !log.commit() { server.refuse(client) }
      client.release()
    } catch {
      console.print("\(error.message)\n")
      // Without its disk it is of no use. Restarted, it may be again.
      fatalError("no disk")
    }
  }
}

/// What is sent to a client: answers, and messages that other clients have published.
private final class Output: @unchecked Sendable {
  private let client: RedisClient
  private let stream: TCPStream
  private(set) var isSending = false
  private var isAboutToSend = false
  /// Whether the client has gone, or does not read.
  private(set) var isBroken = false

  init(_ client: RedisClient, _ stream: TCPStream) {
    (self.client, self.stream) = (client, stream)
  }

  /// Sends what there is in a task of its own: one, however many messages there are.
  func sendSoon() {
    guard !isAboutToSend, !isSending else { return }
    isAboutToSend = true
    Task {
      isAboutToSend = false
      await send()
    }
  }

  /// Sends what there is, unless that is being done.
  func send() async {
    guard !isSending, !isBroken else { return }
    isSending = true
    defer { isSending = false }
    while true {
      let bytes = client.takeOutput()
      if bytes.isEmpty { break }
      do throws(GuestError) {
        try await stream.write(bytes, withinMilliseconds: 30_000)
      } catch {
        isBroken = true
        break
      }
    }
    guard isBroken || client.isEnding else { return }
    stream.finish()
    // Also ends the wait for the client's next command. What was written is still sent.
    stream.close()
  }
}
