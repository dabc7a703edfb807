// SPDX-License-Identifier: Apache-2.0

import HostSystem
public import SystemPackage

/// The pvh side of a conversation: blocking, single-threaded.
public final class AgentClient {
  /// What ``next(watching:timeoutMilliseconds:)`` came back with.
  public enum Activity: Equatable, Sendable {
    /// The agent said something.
    case event(Event)
    /// This descriptor of the caller can be read, or has been hung up.
    case readable(FileDescriptor)
    /// Nothing happened in the time given.
    case timedOut
  }

  /// Bytes of console input that may be under way; the agent buffers as many.
  public static var inputWindow: Int { 64 << 10 }

  private let transport: any AgentTransport
  private var inputUnderWay = 0
  /// Hears what the agent has to remark; nobody does unless this is set.
  public var onRemark: ((String) -> Void)?

  /// Talks to an agent over some transport.
  public init(_ transport: any AgentTransport) {
    self.transport = transport
  }

  /// Talks to an agent that writes to `incoming` and reads from `outgoing`.
  ///
  /// The descriptors stay the caller's; closing them (or dying) makes the agent destroy what runs.
  /// The process ignores SIGPIPE from here on: a dead agent is an error, not a death.
  public convenience init(
    incoming: FileDescriptor, outgoing: FileDescriptor, bodyLimit: Int = 64 << 20
  ) {
    self.init(StreamTransport(incoming: incoming, outgoing: outgoing, bodyLimit: bodyLimit))
  }

  /// Sends one request.
  public func send(_ request: Request) throws(AgentError) { try transport.send(request) }

  /// How many bytes of console input may be sent now; read no more than that from the user.
  public var inputRoom: Int { max(0, Self.inputWindow - inputUnderWay) }

  /// Sends bytes to the guest's console.
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
  /// Events come first; a descriptor is reported again until the caller has read it.
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
    case .failed(let failure) where [.run, .console].contains(failure.subject): inputUnderWay = 0
    default: break
    }
  }
}
