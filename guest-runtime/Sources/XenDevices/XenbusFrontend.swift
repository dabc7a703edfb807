// SPDX-License-Identifier: Apache-2.0

public import XenFrontends
import XenstoreWire

/// A frontend's talk with its toolstack and its backend through nodes, of which nothing waits: `advance` goes
/// on as far as xenstored has answered, and says what the device's driver has to do.
///
/// From the first look to a connection there are four round trips: where the backend is, what it says, what
/// we say, and what it then says of the device. The last word, that we are connected, is the fifth.
public struct XenbusFrontend<Store: DeviceStore> {
  /// What the driver has to do.
  public enum Demand: Equatable {
    /// Make rings for a backend in this domain, then call `announce`; or `postpone` it, or `end`. A backend that
    /// is connected last says this of the device: the values of `details`; the list is empty of others.
    case connect(UInt16, [[UInt8]?])
    /// The backend is connected and says this of the device: the values of `details`, nil where there is no
    /// node. Call `complete`, or `end`.
    case complete([[UInt8]?])
    /// The backend says this now; it may have started again on the same rings, so it has to be told of them.
    case refresh([[UInt8]?])
    /// Stop using the rings, then call `left`.
    case leave(XenbusMachine.Departure)
  }

  /// What is under way; all but the last two and the first go on with `batch`.
  enum Activity {
    case idle
    /// The own nodes are read, and perhaps those of the backend that is known.
    case looking(hasPeer: Bool)
    /// A backend is watched, and read for the first time.
    case meeting
    /// Nodes are written.
    case writing(XenbusMachine.Phase?)
    /// The watches are taken back.
    case parting
    /// The driver has its turn.
    case driver
    /// All is over.
    case gone
  }

  public internal(set) var machine: XenbusMachine
  let directory: [UInt8]
  let details: [[UInt8]]
  let ownDetails: [[UInt8]]
  /// What the own nodes said of the device the last time: the values of `ownDetails`, nil where there is no node.
  public internal(set) var ownValues: [[UInt8]?] = []
  var store: Store
  private var activity = Activity.idle
  private var batch = NodeBatch<Store>([])
  /// What the own nodes said the last time.
  private var nodes = ObservedNodes()
  /// Whether there may be news in the own nodes, and in the backend's.
  var mustLook = (own: true, peer: true)
  /// When to look again although nothing has changed.
  private var again: SystemTime?
  /// Whether the own state is watched, and where the backend is, and the backend's state.
  var isWatching = (state: false, backend: false, peer: false)
  /// The backend's directory; empty if none was found.
  var watched: [UInt8] = []
  /// What the backend said the last time.
  var peer = (state: XenbusState?.none, isOnline: false)
  /// Whether there was a state, but no backend that can be.
  var isBackendLate = false
  private var isLast = false
  /// Whether xenstored could not be talked to the last time.
  public private(set) var hasFailed = false
  /// Whether there is more to do at once, which no event will announce.
  public var hasMore: Bool { store.hasMore || hasFailed && store.isWorking }
  /// Whether what the nodes say was looked at once.
  public private(set) var hasLooked = false

  /// The frontend of a device.
  ///
  /// - Parameters:
  ///   - directory: its nodes, relative to the domain's own directory: `device/vbd/51712`.
  ///   - details: names of the backend's nodes that say what the device is like.
  ///   - ownDetails: names of the own nodes that do.
  ///   - order: which end is the first to say that it is connected.
  ///   - store: xenstore.
  public init(
    directory: [UInt8], details: [[UInt8]], ownDetails: [[UInt8]] = [],
    order: XenbusMachine.Order = .backendFirst, store: Store
  ) {
    machine = XenbusMachine(order)
    (self.directory, self.details, self.ownDetails) = (directory, details, ownDetails)
    self.store = store
  }

  /// Ends the connection in the next steps, until the device has vanished and come back; or for good.
  public mutating func end(forGood: Bool) {
    machine.end()
    mustLook.own = true
    isLast = isLast || forGood
    if case .driver = activity { activity = .idle }
  }

  /// Whether a frontend that has ended for good has nothing left to do.
  public var isClosed: Bool {
    if case .gone = activity { return true }
    // Nobody can be told.
    return hasFailed && isLast && !machine.hasRings
  }

  /// When to go on although nothing has changed; nil for never.
  public var deadline: SystemTime? {
    guard !hasFailed, case .idle = activity else { return nil }
    return [machine.deadline, again].compactMap { $0 }.min()
  }

  /// Tells the backend of the rings, which are named by these nodes.
  public mutating func announce(_ nodes: [(name: [UInt8], value: [UInt8])]) {
    start(
      nodes.map { .write($0.value, to: node($0.name)) }
        + [.write(machine.announcement.value, to: stateNode)], .writing(.announced))
  }

  /// Makes no rings before this moment.
  public mutating func postpone(until moment: SystemTime) {
    machine.postpone(until: moment)
    activity = .idle
  }

  /// Tells the backend that all is well.
  public mutating func complete() {
    start([.write(XenbusState.connected.value, to: stateNode)], .writing(.connected))
  }

  /// The rings are not used any more.
  public mutating func left() {
    machine.hasLeft()
    activity = .idle
    mustLook = (true, true)
  }

  /// Goes on; nil if there is nothing to do before a node changes or `deadline` has come. The time is read only
  /// if it counts: that may be an exit to Xen.
  public mutating func advance(now: @autoclosure () -> SystemTime) -> Demand? {
    if hasFailed {
      guard store.isWorking else { return endInSilence() }
      hasFailed = false
    }
    while !hasFailed {
      switch activity {
      case .driver, .gone: return nil
      case .idle:
        guard begin(now) else { return nil }
      case .looking(let hasPeer):
        guard advanceBatch() else { return nil }
        hasLooked = true
        activity = .idle
        nodes = ownNodes(batch)
        if let path = nodes.backendPath, path != watched || !isWatching.peer {
          start(meet(path), .meeting)
        } else if let demand = act(hasPeer ? takePeer(batch) : nil, now()) {
          return demand
        }
      case .meeting:
        guard advanceBatch() else { return nil }
        activity = .idle
        if let demand = act(takePeer(batch), now()) { return demand }
      case .writing(let phase):
        guard advanceBatch() else { return nil }
        if phase == .announced { machine.hasAnnounced() }
        if phase == .connected { machine.hasConnected() }
        activity = .idle
        // Either the device is going, which a watch will tell, or it does not belong to us.
        if batch.replies.contains(.refused) { again = now().advanced(byMilliseconds: 250) }
      case .parting:
        guard advanceBatch() else { return nil }
        while takeEvent() {}
        activity = .gone
      }
    }
    return nil
  }

  /// Begins what is due; false if nothing is.
  private mutating func begin(_ now: () -> SystemTime) -> Bool {
    while takeEvent() {}
    if let deadline, now() >= deadline { mustLook = (true, true) }
    if mustLook.own || mustLook.peer {
      let hasPeer = mustLook.peer && isWatching.peer
      start(look(hasPeer: hasPeer), .looking(hasPeer: hasPeer))
      (mustLook, again) = ((false, false), nil)
      return true
    }
    guard isLast, machine.isClosed || machine.phase == .absent else { return false }
    start(part(), .parting)
    return true
  }

  @inline(never) private mutating func start(_ requests: [NodeRequest], _ activity: Activity) {
    batch = NodeBatch(requests)
    self.activity = activity
  }

  /// Goes on with the batch; true at its end.
  @inline(never) private mutating func advanceBatch() -> Bool {
    let isDone = batch.advance(&store)
    guard batch.hasFailed else { return isDone }
    batch.abandon(&store)
    // What of it was written is not known: the backend may use the rings.
    if case .writing(.announced) = activity { machine.hasAnnounced() }
    (hasFailed, activity, mustLook) = (true, .idle, (true, true))
    isWatching = (false, false, false)
    return false
  }

  /// Without xenstored a connection ends, too.
  @inline(never) private mutating func endInSilence() -> Demand? {
    guard machine.isEnded, machine.hasRings, case .idle = activity else { return nil }
    activity = .driver
    return .leave(.ended)
  }

  /// Lets the machine decide, and does what is not the driver's.
  private mutating func act(_ values: [[UInt8]?]?, _ now: SystemTime) -> Demand? {
    if nodes.backendPath != nil { (nodes.backend, nodes.isOnline) = peer }
    // The device may have vanished and come back.
    if isLast { machine.end() }
    switch machine.look(at: nodes, now: now) {
    case .wait: break
    case .say(let state):
      start([.write(state.value, to: stateNode)], .writing(nil))
    case .complete:
      guard let values else {
        mustLook.peer = true
        break
      }
      activity = .driver
      return .complete(values)
    case .refresh: return values.map { .refresh($0) }
    case .connect(let id):
      guard values != nil || machine.order == .backendFirst else {
        postpone(until: now)
        break
      }
      activity = .driver
      return .connect(id, values ?? [])
    case .leave(let departure):
      activity = .driver
      return .leave(departure)
    }
    return nil
  }
}
