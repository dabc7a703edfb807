// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The pvh side of a conversation: blocking, single-threaded, over two descriptors.
///
/// The descriptors stay the caller's; closing them (or dying) makes the agent destroy what runs.
public final class AgentClient {
  /// What ``next(watching:timeoutMilliseconds:)`` came back with.
  public enum Activity: Equatable, Sendable {
    /// The agent said something.
    case event(Event)
    /// This descriptor of the caller can be read, or has been hung up.
    case readable(Int32)
    /// Nothing happened in the time given.
    case timedOut
  }

  /// Bytes of console input that may be under way; the agent buffers as many.
  public static var inputWindow: Int { 64 << 10 }

  let incoming: Descriptor
  let outgoing: Descriptor
  private var reader: MessageReader
  private var inputUnderWay = 0
  /// Hears what the agent has to remark; nobody does unless this is set.
  public var onRemark: ((String) -> Void)?
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  /// Talks to an agent that writes to `incoming` and reads from `outgoing`.
  ///
  /// The process ignores SIGPIPE from here on: a dead agent is an error, not a death.
  public init(incoming: Int32, outgoing: Int32, bodyLimit: Int = 64 << 20) {
    self.incoming = Descriptor(number: incoming)
    self.outgoing = Descriptor(number: outgoing)
    reader = MessageReader(bodyLimit: bodyLimit)
    signal(SIGPIPE, SIG_IGN)
  }

  deinit {
    scratch.deallocate()
  }

  /// Sends one request.
  public func send(_ request: Request) throws(AgentError) {
    try outgoing.write(request.message.encoded())
  }

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
  public func next(watching others: [Int32] = [], timeoutMilliseconds: Int? = nil)
    throws(AgentError) -> Activity
  {
    let deadline = timeoutMilliseconds.map { Self.now() + $0 }
    while true {
      if let event = try takeEvent() { return .event(event) }
      let polled = try Descriptor.poll(
        ([incoming.number] + others).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) },
        milliseconds: deadline.map { max(0, $0 - Self.now()) } ?? -1)
      if polled[0].revents != 0 {
        guard try incoming.read(into: &reader, scratch: scratch) else {
          throw .ended(unfinishedByteCount: reader.unfinishedCount)
        }
      } else if let ready = polled.first(where: { $0.revents != 0 }) {
        return .readable(ready.fd)
      } else if let deadline, Self.now() >= deadline {
        return .timedOut
      }
    }
  }

  private func takeEvent() throws(AgentError) -> Event? {
    let event: Event
    do {
      guard let message = try reader.next() else { return nil }
      event = try Event(message)
    } catch {
      throw .protocolError(error)
    }
    switch event {
    case .remark(let text):
      onRemark?(text)
      return try takeEvent()
    case .inputAccepted(let count): inputUnderWay = max(0, inputUnderWay - count)
    case .finished, .done: inputUnderWay = 0
    case .failed(let failure) where [.run, .console].contains(failure.subject): inputUnderWay = 0
    default: break
    }
    return event
  }

  /// Milliseconds of the monotonic clock.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
