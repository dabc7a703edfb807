// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import HostSystem
import SystemPackage
import XenDomainModel
import XenToolstack

/// The connections of pvh to ports of a guest that runs.
///
/// The guest says its address in xenstore. It is believed only if it leads to the guest's interface: a guest
/// cannot have pvh connected to services of the control domain (``ReportedAddress``), nor to another machine in
/// its bridge.
final class GuestForwarding {
  /// Milliseconds that a connection may wait for the guest's address, and for the guest to take it.
  private static let patience = 30_000
  /// Milliseconds between looks for the address.
  private static let lookInterval = 100
  /// Milliseconds from the first address on in which a guest that refuses a connection may be about to listen.
  private static let startTime = 3000
  /// Connections that there may be at a time.
  private static let limit = 1024

  private enum State {
    /// There is no address yet, or the guest does not listen yet.
    case waiting
    case connecting(FileDescriptor, to: InternetAddress)
    case open(RelayedSocket)
  }

  private final class Connection {
    let port: UInt16
    let deadline: MonotonicTime
    var state = State.waiting
    /// What came before there was a socket for it.
    var early = EarlyPieces()

    init(_ port: UInt16, _ deadline: MonotonicTime) {
      (self.port, self.deadline) = (port, deadline)
    }

    deinit {
      if case .connecting(let socket, _) = state { try? socket.close() }
    }
  }

  private let domain: Domain
  /// Where connections to the guest go in.
  private let interface: DomainInterface?
  private let host: ControlDomain
  private var connections: [Int: Connection] = [:]
  private var nextLook = MonotonicTime.now
  /// When the guest first had an address.
  private var firstAddress: MonotonicTime?

  /// `interface` is the guest's first, if it has one.
  init(to domain: Domain, through interface: DomainInterface?, host: ControlDomain) {
    self.domain = domain
    self.host = host
    self.interface = interface
  }

  /// Takes what pvh says of a connection.
  func take(_ part: ForwardedPart, _ agent: Agent) {
    let number = part.connection
    switch part.content {
    case .open(let port):
      guard connections[number] == nil else {
        return agent.fail(
          .conversation, .badRequest, "connection \(number) to the guest is open already")
      }
      guard connections.count < Self.limit else {
        return refuse(
          number, "\(connections.count) connections to the guest are open already", agent)
      }
      connections[number] = Connection(
        UInt16(clamping: port), .now.adding(milliseconds: Self.patience))
      nextLook = .now
    case .piece(let piece):
      // One that has just ended was said to have: what was on its way to it is no error.
      guard let connection = connections[number] else { return }
      guard case .open(let socket) = connection.state else {
        if case .broken = piece { return connections[number] = nil }
        if !connection.early.take(piece) { refuse(number, Self.misbehaviour, agent) }
        return
      }
      if !socket.take(piece) {
        refuse(number, Self.misbehaviour, agent)
      } else if socket.isOver {
        connections[number] = nil
      }
    }
  }

  /// Moves bytes both ways as far as it goes now.
  func advance(_ agent: Agent) {
    guard !connections.isEmpty else { return }
    let now = MonotonicTime.now
    var reported = ReportedAddress.none
    if now >= nextLook {
      nextLook = now.adding(milliseconds: Self.lookInterval)
      if connections.values.contains(where: { if case .waiting = $0.state { true } else { false } })
      {
        reported = reportedAddress(now)
      }
    }
    for (number, connection) in connections {
      switch connection.state {
      case .waiting:
        switch reported {
        case .usable(let address): connect(number, connection, to: address, agent)
        case .unusable(let reason): refuse(number, reason, agent)
        case .none where now >= connection.deadline: refuse(number, silence, agent)
        case .none: break
        }
      case .connecting(let socket, let address):
        if socket.isReadableOrWritable(until: now) {
          settle(number, connection, socket, address, now, agent)
        } else if now >= connection.deadline {
          refuse(number, "the guest does not answer on port \(connection.port)", agent)
        }
      case .open(let socket): pass(number, socket, agent)
      }
    }
  }

  /// Passes on what a guest that has ended sent before.
  ///
  /// - Returns: The connections that there were.
  @discardableResult func conclude(_ agent: Agent) -> [Int] {
    for (number, connection) in connections {
      guard case .open(let socket) = connection.state else { continue }
      while case let pieces = socket.advance(canSend: true), !pieces.isEmpty {
        for piece in pieces { agent.send(.forward(ForwardedPart(number, piece))) }
      }
    }
    defer { connections = [:] }
    return connections.keys.sorted()
  }

  func add(to waiting: inout PollSet, outputRoom: Int) {
    for connection in connections.values {
      switch connection.state {
      case .waiting: waiting.wake(at: nextLook)
      case .connecting(let socket, _):
        waiting.add(socket, reading: false, writing: true)
        waiting.wake(at: connection.deadline)
      case .open(let socket):
        let interest = socket.interest(canSend: outputRoom > 0)
        // One that is hung up would end each wait at once.
        if interest.reading || interest.writing { waiting.add([interest]) }
        waiting.wake(at: socket.closingTime)
      }
    }
  }

  private func pass(_ number: Int, _ socket: RelayedSocket, _ agent: Agent) {
    for piece in socket.advance(canSend: agent.outputRoom > 0) {
      agent.send(.forward(ForwardedPart(number, piece)))
    }
    if socket.isOver { connections[number] = nil }
  }

  private func connect(
    _ number: Int, _ connection: Connection, to address: InternetAddress, _ agent: Agent
  ) {
    guard let interface else {
      return refuse(number, "the guest has no network interface", agent)
    }
    do throws(Errno) {
      connection.state = .connecting(
        try InternetSocket.connect(
          to: address, port: connection.port, through: interface.bridge), to: address)
    } catch {
      refuse(number, "a connection to the guest cannot be made: \(error)", agent)
    }
  }

  /// A connection that was begun has come about, or has failed.
  private func settle(
    _ number: Int, _ connection: Connection, _ descriptor: FileDescriptor,
    _ address: InternetAddress, _ now: MonotonicTime, _ agent: Agent
  ) {
    guard let failure = InternetSocket.connectFailure(of: descriptor) else {
      if let interface,
        let obstacle = ReportedAddress.obstacle(
          address, at: NetworkInterface(name: interface.bridge).neighbour(address),
          interface: interface)
      {
        return refuse(number, obstacle, agent)
      }
      let socket = RelayedSocket(descriptor)
      connection.state = .open(socket)
      for piece in connection.early.pieces where !socket.take(piece) { break }
      connection.early = EarlyPieces()
      return pass(number, socket, agent)
    }
    try? descriptor.close()
    connection.state = .waiting
    let mayBeStarting = firstAddress.map { now < $0.adding(milliseconds: Self.startTime) } ?? true
    if failure == .connectionRefused, mayBeStarting { return }
    refuse(
      number,
      failure == .connectionRefused
        ? "nothing in the guest listens on port \(connection.port)"
        : "the guest cannot be reached on port \(connection.port): \(failure)", agent)
  }

  private func refuse(_ number: Int, _ reason: String, _ agent: Agent) {
    connections[number] = nil
    agent.send(.forward(ForwardedPart(number, .broken(reason))))
  }

  private static let misbehaviour = "pvh sent more than there was room for, or after the end"

  private var silence: String {
    "the guest has not said its address within \(Self.patience / 1000) s: does it use its network? (it writes "
      + "\(ReportedAddress.place))"
  }

  private func reportedAddress(_ now: MonotonicTime) -> ReportedAddress {
    do throws(ToolstackError) {
      let reported = ReportedAddress(try host.reportedAddress(of: domain))
      if case .usable = reported { firstAddress = firstAddress ?? now }
      return reported
    } catch {
      return .unusable("the guest's address cannot be read: \(error.message)")
    }
  }
}
