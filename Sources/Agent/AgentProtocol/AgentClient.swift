// SPDX-License-Identifier: Apache-2.0

import Glibc
public import HostSystem
public import SystemPackage

/// The pvh side of a conversation: blocking, single-threaded.
public final class AgentClient {
  /// Why ``next(watching:timeoutMilliseconds:)`` returned.
  public enum Activity: Equatable, Sendable {
    case event(Event)
    /// This descriptor of the caller can be read, or has been hung up.
    case readable(FileDescriptor)
    case timedOut
  }

  /// Bytes of input for a console or a vchan that may be under way; the agent buffers as many.
  public static var inputWindow: Int { 64 << 10 }

  private let transport: any AgentTransport
  private var inputUnderWay = 0
  /// Takes the agent's remarks, which are dropped unless this is set.
  public var onRemark: ((String) -> Void)?

  public init(_ transport: any AgentTransport) {
    self.transport = transport
  }

  /// Talks to an agent that writes to `incoming` and reads from `outgoing`.
  ///
  /// The descriptors stay the caller's. When they are closed, the agent destroys what runs. The process ignores
  /// SIGPIPE from here on: an agent that has ended is an error, and does not end this process.
  public convenience init(
    incoming: FileDescriptor, outgoing: FileDescriptor, bodyLimit: Int = 64 << 20
  ) {
    self.init(StreamTransport(incoming: incoming, outgoing: outgoing, bodyLimit: bodyLimit))
  }

  public func send(_ request: Request) throws(AgentError) { try transport.send(request) }

  /// How many bytes of console input may be sent now; read no more than that from the user.
  public var inputRoom: Int { max(0, Self.inputWindow - inputUnderWay) }

  /// How many bytes of input the guest has not taken yet.
  public var untakenInput: Int { inputUnderWay }

  /// Sends bytes to the guest's console, or to its vchan.
  ///
  /// - Precondition: there are at most ``inputRoom`` of them.
  public func send(input bytes: [UInt8]) throws(AgentError) {
    precondition(bytes.count <= inputRoom, "more console input than the agent has room for")
    guard !bytes.isEmpty else { return }
    inputUnderWay += bytes.count
    try send(.input(bytes))
  }

  /// Waits for the agent, and for descriptors of the caller such as the terminal or a signalfd.
  ///
  /// Events and descriptors take turns, and so do the descriptors: who has much to say delays nobody else. A
  /// descriptor is reported again until the caller has read it.
  public func next(watching others: [FileDescriptor] = [], timeoutMilliseconds: Int? = nil)
    throws(AgentError) -> Activity
  {
    let deadline = timeoutMilliseconds.map { MonotonicTime.now.adding(milliseconds: $0) }
    while true {
      let activity = try transport.next(watching: others, until: deadline)
      switch activity {
      case .event(.remark(let text)): onRemark?(text)
      case .event(let event):
        account(for: event)
        return activity
      case .readable, .timedOut: return activity
      }
    }
  }

  private func account(for event: Event) {
    switch event {
    case .inputAccepted(let count): inputUnderWay = max(0, inputUnderWay - count)
    case .finished, .done: inputUnderWay = 0
    case .failed(let failure) where [.run, .console, .vchan].contains(failure.subject):
      inputUnderWay = 0
    default: break
    }
  }
}

/// A connection to an agent: over a stream to another process, or to an agent in this one.
public protocol AgentTransport: AnyObject {
  /// Sends a request. Fails with `.ended` when the agent has ended, but not before what it said last was taken.
  func send(_ request: Request) throws(AgentError)

  /// Waits for the agent, and for descriptors of the caller, which take turns (``WaitingTurns``). A descriptor is
  /// reported again until the caller has read it. Without a deadline it waits without end.
  func next(
    watching others: [FileDescriptor], until deadline: MonotonicTime?
  ) throws(AgentError) -> AgentClient.Activity
}

/// An agent behind a byte stream.
final class StreamTransport: AgentTransport {
  private let incoming: FileDescriptor
  private let outgoing: FileDescriptor
  private var reader: MessageReader
  private var turns = WaitingTurns()
  /// What an agent that has ended said last.
  private var lastEvents: ArraySlice<Event> = []
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init(incoming: FileDescriptor, outgoing: FileDescriptor, bodyLimit: Int) {
    self.incoming = incoming
    self.outgoing = outgoing
    reader = MessageReader(bodyLimit: bodyLimit)
    SignalAction.ignoreBrokenPipes()
  }

  deinit {
    scratch.deallocate()
  }

  func send(_ request: Request) throws(AgentError) {
    do throws(Errno) {
      try outgoing.writeEverything(request.message.encoded())
    } catch .brokenPipe, .connectionReset {
      // An agent that gives up says why, and ends; the reason is not lost because a request crossed it.
      while let count = incoming.readAvailable(into: scratch), count > 0 {
        reader.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
      }
      while let event = try readEvent() { lastEvents.append(event) }
      guard !lastEvents.isEmpty else { throw .ended(unfinishedByteCount: reader.unfinishedCount) }
    } catch {
      throw .system(call: "write", code: error.rawValue)
    }
  }

  func next(
    watching others: [FileDescriptor], until deadline: MonotonicTime?
  ) throws(AgentError) -> AgentClient.Activity {
    var ready = turns.readyOthers(among: others)
    while true {
      if turns.areOthersNext, let other = turns.choose(ready, among: others) {
        return .readable(other)
      }
      if let event = try takeEvent() {
        turns.areOthersNext = true
        return .event(event)
      }
      if let other = turns.choose(ready, among: others) { return .readable(other) }
      var waiting = PollSet()
      for descriptor in [incoming] + others { waiting.add(descriptor) }
      waiting.wake(at: deadline)
      ready = waiting.wait()
      if ready.contains(incoming) {
        guard let count = incoming.readAvailable(into: scratch) else {
          throw .ended(unfinishedByteCount: reader.unfinishedCount)
        }
        reader.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
      } else if ready.isEmpty, let deadline, .now >= deadline {
        return .timedOut
      }
    }
  }

  private func takeEvent() throws(AgentError) -> Event? {
    if let event = lastEvents.popFirst() { return event }
    return try readEvent()
  }

  private func readEvent() throws(AgentError) -> Event? {
    do {
      guard let message = try reader.next() else { return nil }
      return try Event(message)
    } catch {
      throw .protocolError(error)
    }
  }
}

/// Whose turn it is when both an agent and descriptors of its client have something to say.
package struct WaitingTurns {
  /// Whether the agent had the last turn.
  package var areOthersNext = false
  private var last: FileDescriptor?

  package init() {}

  /// Which descriptors are ready now, if it is their turn.
  package func readyOthers(among others: [FileDescriptor]) -> [FileDescriptor] {
    guard areOthersNext, !others.isEmpty else { return [] }
    var waiting = PollSet()
    for other in others { waiting.add(other) }
    waiting.wake(at: .now)
    return waiting.wait()
  }

  /// Gives the turn to the one of `others` that is ready and comes first after the last that had it.
  package mutating func choose(_ ready: [FileDescriptor], among others: [FileDescriptor])
    -> FileDescriptor?
  {
    let start = others.firstIndex { $0 == last }.map { $0 + 1 } ?? 0
    guard let other = (others[start...] + others[..<start]).first(where: ready.contains) else {
      return nil
    }
    areOthersNext = false
    last = other
    return other
  }
}

/// Why a conversation with an agent could not go on.
public enum AgentError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The agent's end of the stream was closed; so many bytes of a message were left over.
  case ended(unfinishedByteCount: Int)
  /// The agent did not answer in time.
  case silent(milliseconds: Int)
  /// The agent sent something that this protocol does not have.
  case protocolError(ProtocolError)
  /// The two sides were built from different versions.
  case versionMismatch(VersionMismatch)
  /// The agent could not do what was asked.
  case failed(Failure)
  /// The agent sent an event that is no answer to the request.
  case unexpected(Event, waitingFor: String)
  /// The operating system refused to read or write.
  case system(call: String, code: Int32)

  /// A sentence for people.
  public var description: String {
    switch self {
    case .ended(let count):
      "the agent ended the conversation"
        + (count > 0 ? " in the middle of a message (\(count) bytes of it had arrived)" : "")
        + "; look at its standard error"
    case .silent(let milliseconds): "the agent did not answer within \(milliseconds) ms"
    case .protocolError(let error): "the agent's answer cannot be read: \(error)"
    case .versionMismatch(let mismatch): mismatch.description
    case .failed(let failure): failure.message
    case .unexpected(let event, let wanted):
      "the agent sent \"\(event.word)\" where \(wanted) was expected"
    case .system(let call, let code):
      "\(call) on the way to the agent failed: \(String(cString: strerror(code)))"
    }
  }
}
