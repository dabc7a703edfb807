// SPDX-License-Identifier: Apache-2.0

public import XenFrontends

/// What a frontend does when the nodes of its device say something: the same for all kinds of devices, and
/// without any I/O.
///
/// It goes by what the nodes say now, never by the order in which they came to say it: watches may be late,
/// come together, or for nothing. A backend may be there already when the frontend starts, restart under it
/// with or without a word, or never answer; the device may vanish and come back. The transitions of Linux's
/// backends are in `xenbus_switch_state` calls of `drivers/net/xen-netback` and `drivers/block/xen-blkback`.
public struct XenbusMachine: Sendable {
  /// How far the frontend is.
  public enum Phase: Equatable, Sendable {
    /// The device is not there.
    case absent
    /// There is no connection.
    case down
    /// The rings are made and the backend was told of them.
    case announced
    case connected
  }

  /// What to do next.
  public enum Step: Equatable, Sendable {
    /// Nothing, until a node changes, or until `deadline`.
    case wait
    /// Make new rings for this domain, tell where they are, then say `announcement`, and call `hasAnnounced`.
    case connect(UInt16)
    /// Read what the backend says of the device; then say `connected`, and call `hasConnected`.
    case complete
    /// Read again what may have changed, and tell the backend to look at the ring.
    case refresh
    /// Stop using the rings, then call `hasLeft`.
    case leave(Departure)
    /// Write this into the own `state` node.
    case say(XenbusState)
  }

  /// Why a connection ends.
  public enum Departure: Equatable, Sendable {
    /// The backend wants it, and still answers what it was asked.
    case asked
    /// The backend is not there any more, or not the same.
    case lost
    /// The owner has closed the device, or found the backend to break the protocol.
    case ended
  }

  /// Which end is the first to say that it is connected.
  public enum Order: Sendable {
    /// The backend: what the device is like comes with it.
    case backendFirst
    /// The frontend: the rings may be used as soon as the backend was told of them. A backend may never say that
    /// it is connected, and is all the same.
    case frontendFirst
  }

  public private(set) var phase = Phase.absent
  /// Whether the owner wants no connection any more.
  public private(set) var isEnded = false
  /// Whether that was said to the backend, as far as it listens.
  public private(set) var isClosed = false
  /// Whether the device is not there, or goes for good.
  public private(set) var isDetached = false
  /// When to look again although nothing has changed.
  public private(set) var deadline: SystemTime?
  /// Where the rings were announced.
  private var peer: (path: [UInt8], id: UInt16) = ([], 0)
  /// Rings that were made since the last connection, all in vain.
  private var attempts: UInt64 = 0
  /// When rings may be made the next time.
  private var earliest = SystemTime(rawValue: 0)
  /// Until when a backend may take to notice that we close.
  private var partingUntil: SystemTime?

  /// How long a connected frontend lets a backend that starts again find its old rings, and how long one that
  /// closes waits for its backend, in milliseconds.
  public static var patience: UInt64 { 3000 }
  /// The longest pause between two attempts to connect, in milliseconds. The first is a 64th of it.
  private static var longestPause: UInt64 { 6400 }

  let order: Order

  /// A device of which nothing is known.
  public init(_ order: Order = .backendFirst) { self.order = order }

  /// What is said with the rings.
  var announcement: XenbusState { order == .frontendFirst ? .connected : .initialised }

  /// Whether there are rings that the backend may use.
  public var hasRings: Bool { phase == .announced || phase == .connected }

  /// Ends the connection, if there is one, for good: until the device has vanished and come back.
  public mutating func end() { isEnded = true }

  /// The rings were made, and the backend was told.
  public mutating func hasAnnounced() {
    partingUntil = nil
    phase = order == .frontendFirst ? .connected : .announced
  }

  /// The state `connected` was written.
  public mutating func hasConnected() {
    phase = .connected
    attempts = 0
  }

  /// The rings are not used any more.
  public mutating func hasLeft() { phase = .down }

  /// There can be no rings before this moment.
  public mutating func postpone(until moment: SystemTime) {
    (earliest, deadline) = (moment, moment)
    if attempts > 0 { attempts -= 1 }
  }

  /// Decides what to do, given what the nodes say.
  public mutating func look(at nodes: ObservedNodes, now: SystemTime) -> Step {
    hasRings ? lookConnected(nodes, now) : lookDown(nodes, now)
  }

  // MARK: With rings

  private mutating func lookConnected(_ nodes: ObservedNodes, _ now: SystemTime) -> Step {
    guard !isEnded else { return .leave(.ended) }
    let own: XenbusState = phase == .connected ? .connected : .initialised
    guard nodes.own == own, nodes.backendPath == peer.path, nodes.backendID == peer.id,
      let backend = nodes.backend
    else { return .leave(.lost) }
    switch backend {
    case .connected:
      deadline = nil
      guard phase == .connected else { return .complete }
      attempts = 0
      return .refresh
    case .initWait where order == .frontendFirst:
      // It may be about to connect, or have done so and wait for its toolstack, without end if that forgets it.
      deadline = nil
      return .refresh
    case .closing: return .leave(.asked)
    case .closed: return .leave(.lost)
    case .unknown, .initialising, .initWait, .initialised, .reconfiguring, .reconfigured:
      // Linux's backends connect to the same rings when their driver comes back.
      guard phase == .connected else { return .wait }
      guard let deadline else {
        deadline = now.advanced(byMilliseconds: Self.patience)
        return .wait
      }
      guard now >= deadline else { return .wait }
      return .leave(.lost)
    }
  }

  // MARK: Without rings

  private mutating func lookDown(_ nodes: ObservedNodes, _ now: SystemTime) -> Step {
    deadline = nil
    guard let own = nodes.own else {
      self = XenbusMachine(order)
      isDetached = true
      return .wait
    }
    phase = .down
    isDetached = !nodes.isOnline && (nodes.backend == .closing || nodes.backend == .closed)
    guard !isEnded else { return lookEnded(own, nodes.backend, now) }
    guard let path = nodes.backendPath, let id = nodes.backendID, let backend = nodes.backend else {
      return .wait
    }
    switch backend {
    case .initWait, .initialised:
      // One that waits for its toolstack may have the rings of before, and looks for new ones only when it has
      // seen another state.
      if order == .frontendFirst {
        if own == .connected { return .say(.closing) }
        if own == .closing, isParting(now) { return .wait }
      }
      // A state that says more would send a backend to rings which are not there any more.
      guard own == .initialising else { return .say(.initialising) }
      return connect(path, id, now)
    case .connected:
      // With whoever had the device before us. It is led down like Linux leads it after a kexec.
      return own == .closing ? .wait : .say(.closing)
    case .closing: return own == .closed ? .wait : .say(.closed)
    case .closed:
      // A backend that goes for good is not asked to come back.
      return own == .initialising || !nodes.isOnline ? .wait : .say(.initialising)
    case .unknown, .initialising, .reconfiguring, .reconfigured:
      return own == .initialising ? .wait : .say(.initialising)
    }
  }

  /// A backend that takes no rings, or cannot be told of them, is tried again after pauses that grow.
  private mutating func connect(_ path: [UInt8], _ id: UInt16, _ now: SystemTime) -> Step {
    guard now >= earliest else {
      deadline = earliest
      return .wait
    }
    earliest = now.advanced(byMilliseconds: Self.longestPause >> (6 - min(attempts, 6)))
    attempts += 1
    peer = (path, id)
    return .connect(id)
  }

  /// Whether the backend may still notice that we close.
  private mutating func isParting(_ now: SystemTime) -> Bool {
    let end = partingUntil ?? now.advanced(byMilliseconds: Self.patience)
    partingUntil = end
    guard now < end else { return false }
    deadline = end
    return true
  }

  private mutating func lookEnded(
    _ own: XenbusState, _ backend: XenbusState?, _ now: SystemTime
  ) -> Step {
    switch (own, backend) {
    case (.closed, _):
      isClosed = true
      return .wait
    case (.closing, .closing), (.closing, .closed), (.closing, nil): break
    case (.closing, _):
      if isParting(now) { return .wait }
    default: return .say(.closing)
    }
    isClosed = true
    return .say(.closed)
  }
}
