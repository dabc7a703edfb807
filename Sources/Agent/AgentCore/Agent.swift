// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import CXenLight
import Glibc
import Supervision
import XenToolstack

/// One conversation with pvh: a single thread round poll(2).
final class Agent {
  /// Why the conversation ends.
  enum Ending {
    /// pvh closed its end, or died.
    case hungUp
    case signal(Int32)
    case badRequest(ProtocolError)
  }

  /// Bytes of output that may wait for a slow pvh before the guest's terminal is left alone.
  static let outputCapacity = 64 << 20
  /// Milliseconds between looks for a client at a stream that nobody has connected to.
  static let connectInterval = 10

  let streams: ConversationStreams
  let signals: SignalQueue
  var reader = MessageReader()
  var output: OutputQueue
  var ending: Ending?
  /// What pvh said it speaks; nil before it has said anything.
  var clientVersion: ProtocolVersion?
  var files = AttachedFiles()
  var activeRun: ActiveRun?
  var domainWait: DomainWait?
  var console: AttachedConsole?
  var logs: LogFollower?
  /// The way to the supervisor, once it was wanted.
  var link: SupervisorLink?
  var commands: [Command] = []
  private var host: ControlDomain?
  let responsibility = OrphanCleanup()
  private var hasReceived = false
  /// Nobody has connected yet: the stream says "end", and poll(2) would not wait for anything.
  private var isAlone = false
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

  init(streams: ConversationStreams, signals: SignalQueue) {
    self.streams = streams
    self.signals = signals
    output = OutputQueue(descriptor: streams.outgoing)
  }

  deinit {
    scratch.deallocate()
  }

  /// Xen's libraries; if they could not be opened, each call tries again.
  func controlDomain() throws(ToolstackError) -> ControlDomain {
    if let host { return host }
    let opened = try ControlDomain()
    host = opened
    return opened
  }

  /// Talks until one side ends the conversation; returns the exit status of the process.
  func serve() -> Int32 {
    // Before pvh asks: the answer to its first message is then ready at once. A failure is not
    // lost, since opening is tried again then.
    _ = try? controlDomain()
    while ending == nil {
      wait()
      if let number = signals.next() { ending = .signal(number) }
      receive()
      advanceRun()
      advanceWait()
      advanceConsole()
      advanceLogs()
      advanceCommands()
      if case .hungUp = output.flush() { ending = .hungUp }
    }
    return conclude()
  }

  /// Queues an event; the loop sends it.
  func send(_ event: Event) {
    output.append(event.message.encoded())
  }

  /// How many bytes more may be taken from the guest now.
  var outputRoom: Int { min(256 << 10, max(0, Self.outputCapacity - output.count)) }

  private func wait() {
    let now = MonotonicTime.now
    var entries = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
    var deadline: MonotonicTime?
    if isAlone {
      deadline = now.adding(milliseconds: Self.connectInterval)
    } else {
      entries.append(pollfd(fd: streams.incoming, events: Int16(POLLIN), revents: 0))
    }
    if output.count > 0 {
      entries.append(pollfd(fd: streams.outgoing, events: Int16(POLLOUT), revents: 0))
    }
    var interests = commands.first?.interests ?? []
    if let command = commands.first { deadline = earlier(deadline, command.deadline) }
    if let run = consoleRun {
      interests += run.interests(outputRoom: outputRoom)
      deadline = earlier(deadline, run.deadline)
    }
    if let domainWait { deadline = earlier(deadline, domainWait.nextLook) }
    if let logs { deadline = earlier(deadline, logs.nextLook) }
    if case .supervised(let link)? = console {
      interests.append(DescriptorInterest(link.descriptor, reading: outputRoom > 0))
    }
    for interest in interests {
      let events = (interest.reading ? POLLIN : 0) | (interest.writing ? POLLOUT : 0)
      entries.append(pollfd(fd: interest.descriptor, events: Int16(events), revents: 0))
    }
    _ = poll(&entries, nfds_t(entries.count), deadline?.pollTimeout(from: now) ?? -1)
  }

  private func earlier(_ first: MonotonicTime?, _ second: MonotonicTime) -> MonotonicTime {
    first.map { min($0, second) } ?? second
  }

  /// Reads what has come from pvh, and does what it asks.
  private func receive() {
    var entry = pollfd(fd: streams.incoming, events: Int16(POLLIN), revents: 0)
    guard ending == nil, poll(&entry, 1, 0) > 0 else { return }
    let count = read(streams.incoming, scratch.baseAddress, scratch.count)
    if count > 0 {
      (hasReceived, isAlone) = (true, false)
      reader.append(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    } else if count == 0 || errno != EINTR && errno != EAGAIN {
      isAlone = streams.startsUnconnected && !hasReceived
      if !isAlone { ending = .hungUp }
      return
    }
    do {
      while ending == nil, let message = try reader.next() { handle(try Request(message)) }
    } catch {
      ending = .badRequest(error)
    }
  }
}
