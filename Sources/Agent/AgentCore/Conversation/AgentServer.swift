// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// One conversation with a pvh over byte streams: a single thread round poll(2).
final class AgentServer: AgentListener {
  /// Why the conversation ends.
  private enum Ending {
    /// pvh closed its end, or was killed.
    case hungUp
    case signal(Int32)
    case badRequest(ProtocolError)
  }

  /// Bytes of output that may wait for a slow pvh before the guest's terminal is left alone.
  private static let outputCapacity = 64 << 20

  private let streams: ConversationStreams
  private let signals: SignalDescriptor
  private let agent: Agent
  private var reader = MessageReader()
  private var ending: Ending?

  init(
    streams: ConversationStreams, signals: consuming SignalDescriptor, observe: RunObserver?
  ) {
    agent = Agent(observe: observe)
    self.streams = streams
    self.signals = signals
  }

  /// Serves until one side ends the conversation; returns the exit status of the process.
  func serve() -> Int32 {
    agent.listener = self
    // Before pvh asks: the answer to its first message is then ready at once. A failure is not
    // lost, since opening is tried again then.
    agent.prepare()
    while ending == nil {
      wait()
      if let number = signals.take() { ending = .signal(number) }
      receive()
      agent.advance()
      if streams.output.flush() == .hungUp { ending = .hungUp }
    }
    return conclude()
  }

  // MARK: - What the agent says

  func take(_ event: Event) { streams.output.append(event.message.encoded()) }

  func flush() { _ = streams.output.flush() }

  var outputRoom: Int { min(256 << 10, max(0, Self.outputCapacity - streams.output.count)) }

  // MARK: - The loop

  private func wait() {
    var waiting = PollSet()
    waiting.add(signals.descriptor)
    streams.add(to: &waiting)
    agent.add(to: &waiting)
    waiting.wait()
  }

  /// Reads what has come from pvh, and does what it asks.
  private func receive() {
    guard ending == nil else { return }
    guard let bytes = streams.receive() else { return ending = .hungUp }
    reader.append(bytes)
    do {
      while ending == nil, let message = try reader.next() { agent.handle(try Request(message)) }
    } catch {
      ending = .badRequest(error)
    }
  }

  /// Destroys what runs, sends what is left to say, and returns the exit status of the process.
  private func conclude() -> Int32 {
    var status: Int32 = 0
    switch ending {
    case .signal(let number):
      agent.fail(
        agent.isRunning ? .run : .conversation, .interrupted,
        "the agent was ended by signal \(number)")
      status = 128 + number
    case .badRequest(let error):
      agent.fail(.conversation, .badRequest, error.description)
      status = 65
    case .hungUp, nil: break
    }
    do {
      try agent.abandon()
    } catch {
      complain(error.message)
      status = 70
    }
    _ = streams.output.flush(milliseconds: 1000)
    return status
  }
}

/// Holds the conversation on the standard streams; returns the exit status of the process.
func serve(observe: RunObserver?) -> Int32 {
  do {
    let streams = try ConversationStreams()
    let server = AgentServer(streams: streams, signals: try .forEnding(), observe: observe)
    return withExtendedLifetime(server) { server.serve() }
  } catch {
    complain(error.message)
    return 71
  }
}
