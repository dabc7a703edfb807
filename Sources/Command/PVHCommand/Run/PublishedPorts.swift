// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import HostSystem
import SystemPackage

/// Ports of this machine whose connections go to a guest, through the conversation with the agent.
final class PublishedPorts {
  /// Connections that there are at a time; more wait for their turn.
  private let limit: Int
  /// Connections of a port that wait to be accepted.
  private static let backlog: Int32 = 64
  /// Milliseconds in which clients may take what the guest sent them before its end, and end themselves; each has
  /// less if it does neither.
  private static let grace = 10_000
  /// Milliseconds without accepting anybody after that could not be done.
  private static let pause = 1000

  private struct Door {
    let publication: PortPublication
    let listener: FileDescriptor
    /// The port, which was any that is free if none was named.
    let port: UInt16
  }

  /// How connections are accepted, and what people are told; tests have others.
  private let acceptNext: (FileDescriptor) throws(Errno) -> FileDescriptor?
  private let say: (String) -> Void
  /// Those who wait to be served.
  private let interests: InterestSet
  private let alarm: Alarm
  /// When ``alarm`` rings; nil if it does not.
  private var alarmTime: MonotonicTime?
  private var doors: [Door] = []
  private var connections: [Int: (socket: RelayedSocket, descriptor: FileDescriptor)] = [:]
  private var numbers: [FileDescriptor: Int] = [:]
  private var nextNumber = 1
  /// Whether there is a guest to connect to.
  private var isOpen = false
  /// Whether nobody is accepted for a while, because there are no descriptors left.
  private var isPaused = false
  private var hasSaidPause = false
  private var lastReason: String?

  /// Listens on the ports; nobody is accepted before ``begin()``.
  init(
    _ publications: [PortPublication], limit: Int = 512,
    accept: @escaping (FileDescriptor) throws(Errno) -> FileDescriptor? = {
      listener throws(Errno) in try InternetSocket.accept(on: listener)
    },
    say: @escaping (String) -> Void = { Terminal.complain($0) }
  ) throws(Problem) {
    (self.limit, acceptNext, self.say) = (limit, accept, say)
    do throws(Errno) {
      (interests, alarm) = (try InterestSet(), try Alarm())
      try interests.update(DescriptorInterest(alarm.descriptor, reading: true))
    } catch {
      throw Problem("publishing ports: no descriptors to wait with: \(error)")
    }
    for publication in publications {
      do throws(Errno) {
        let (listener, port) = try InternetSocket.listen(
          on: publication.address, port: publication.port, backlog: Self.backlog)
        doors.append(Door(publication: publication, listener: listener, port: port))
      } catch {
        throw Self.problem(publication, error)
      }
    }
  }

  deinit {
    for door in doors { try? door.listener.close() }
  }

  /// Readable when ``advance(_:)`` has something to do.
  var descriptor: FileDescriptor { interests.descriptor }

  /// The ports that are listened on, in the order of the publications.
  var ports: [UInt16] { doors.map(\.port) }

  /// What leads where, for people; of those whose port was not said alone, if told so.
  func announcements(ofChosenPorts: Bool = false) -> [String] {
    doors.filter { !ofChosenPorts || $0.publication.port == 0 }.map {
      "\(PortPublication.place($0.publication.address, $0.port)) is port \($0.publication.guestPort) of the "
        + "guest"
    }
  }

  /// Accepts connections from now on: there is a guest for them.
  func begin() {
    isOpen = true
    updateDoors()
  }

  /// Accepts connections and passes bytes on as far as it goes now.
  func advance(_ client: AgentClient) throws(AgentError) {
    for descriptor in interests.ready() {
      if let number = numbers[descriptor] {
        try pass(number, client)
      } else if let door = doors.first(where: { $0.listener == descriptor }) {
        try accept(at: door, client)
      } else if descriptor == alarm.descriptor {
        try wakeUp(client)
      }
    }
  }

  /// Takes what the agent says of a connection.
  func take(_ part: ForwardedPart, _ client: AgentClient) throws(AgentError) {
    guard case .piece(let piece) = part.content, let connection = connections[part.connection]
    else {
      return
    }
    if case .broken(let reason?) = piece, reason != lastReason {
      say("pvh: a connection was closed: \(reason)")
      lastReason = reason
    }
    if !connection.socket.take(piece) {
      try client.send(
        .forward(
          ForwardedPart(part.connection, .broken("more came than there was room for"))))
    }
    try pass(part.connection, client)
  }

  /// Ends all connections: the guest has. Its last words go to those who take them.
  func conclude() {
    isOpen = false
    updateDoors()
    setAlarm(nil)
    let deadline = MonotonicTime.now.adding(milliseconds: Self.grace)
    for connection in connections.values { connection.socket.conclude() }
    while true {
      for (number, connection) in connections {
        _ = connection.socket.advance(canSend: false)
        // One that cannot be waited for is looked at again with the others.
        try? settle(number, connection.socket)
      }
      let moment = connections.values.compactMap { $0.socket.closingTime }.min()
      guard let moment, MonotonicTime.now < deadline else { break }
      _ = interests.ready(until: min(moment, deadline))
    }
    for number in connections.keys { forget(number) }
  }

  private func accept(at door: Door, _ client: AgentClient) throws(AgentError) {
    while connections.count < limit {
      let accepted: FileDescriptor?
      do throws(Errno) {
        accepted = try acceptNext(door.listener)
      } catch {
        pause(because: error)
        break
      }
      guard let descriptor = accepted else { break }
      let number = nextNumber
      nextNumber += 1
      connections[number] = (RelayedSocket(descriptor), descriptor)
      numbers[descriptor] = number
      try client.send(
        .forward(ForwardedPart(number, .open(port: Int(door.publication.guestPort)))))
      try pass(number, client)
    }
    updateDoors()
  }

  /// Accepts nobody until a connection has ended, or a while has passed: whoever waits keeps the listener readable.
  private func pause(because error: Errno) {
    isPaused = true
    setAlarm(.now.adding(milliseconds: Self.pause))
    guard !hasSaidPause else { return }
    hasSaidPause = true
    say(
      "pvh: no connection can be accepted now: \(error); they wait until another ends "
        + "(ulimit -n says how many descriptors there may be)")
  }

  /// The pause is over, or a client had its time.
  private func wakeUp(_ client: AgentClient) throws(AgentError) {
    setAlarm(nil)
    isPaused = false
    for (number, connection) in connections where connection.socket.closingTime != nil {
      try pass(number, client)
    }
    updateDoors()
  }

  private func pass(_ number: Int, _ client: AgentClient) throws(AgentError) {
    guard let socket = connections[number]?.socket else { return }
    for piece in socket.advance(canSend: true) {
      try client.send(.forward(ForwardedPart(number, piece)))
    }
    do throws(Errno) {
      try settle(number, socket)
    } catch {
      forget(number)
      return try client.send(.forward(ForwardedPart(number, .broken("\(error)"))))
    }
    if let moment = connections[number]?.socket.closingTime {
      setAlarm(min(moment, alarmTime ?? moment))
    }
  }

  /// Waits for what a connection needs now, or forgets it.
  private func settle(_ number: Int, _ socket: RelayedSocket) throws(Errno) {
    guard socket.isOver else { return try interests.update(socket.interest(canSend: true)) }
    forget(number)
    isPaused = false
    updateDoors()
  }

  private func forget(_ number: Int) {
    guard let connection = connections[number] else { return }
    interests.remove(connection.descriptor)
    numbers[connection.descriptor] = nil
    connections[number] = nil
  }

  private func updateDoors() {
    let accepts = isOpen && !isPaused && connections.count < limit
    for door in doors {
      do throws(Errno) {
        try interests.update(DescriptorInterest(door.listener, reading: accepts))
      } catch {
        pause(because: error)
      }
    }
  }

  private func setAlarm(_ moment: MonotonicTime?) {
    alarmTime = moment
    alarm.set(moment)
  }

  private static func problem(_ publication: PortPublication, _ error: Errno) -> Problem {
    let reason =
      switch error {
      case .addressInUse: "another program has it; choose another port, or 0 for any that is free"
      case .addressNotAvailable: "this machine has no such address"
      case .permissionDenied: "only root may have it; choose one from 1024 on"
      default: "\(error)"
      }
    return Problem("publishing \(publication.place): \(reason)", status: .usage)
  }
}
