// SPDX-License-Identifier: Apache-2.0

public import XenFrontends
import XenstoreWire

/// A frontend's talk with its toolstack and its backend through nodes, of which nothing waits: `advance` goes
/// on as far as xenstored has answered, and says what the device's driver has to do.
///
/// From the first look to a connection there are four round trips: where the backend is, what it says, what
/// we say, and what it then says of the device.
public struct XenbusFrontend<Store: DeviceStore> {
  /// What the driver has to do.
  public enum Demand: Equatable {
    /// Make rings for a backend in this domain, then call `announce`; or `end`, if there can be none.
    case connect(UInt16)
    /// The backend is connected and says this of the device: the values of `details`, nil where there is no
    /// node. Call `complete`, or `end`.
    case complete([[UInt8]?])
    /// The backend says this now; it may have started again on the same rings, so it has to be told of them.
    case refresh([[UInt8]?])
    /// Stop using the rings, then call `left`.
    case leave(XenbusMachine.Departure)
  }

  /// What is under way.
  private enum Activity {
    case idle
    /// The own nodes are read.
    case own(NodeBatch<Store>)
    /// The backend's state is read.
    case backend(NodeBatch<Store>, DeviceNodes)
    /// The backend's details are read.
    case details(NodeBatch<Store>, XenbusMachine.Step)
    /// Nodes are written.
    case writing(NodeBatch<Store>, XenbusMachine.Phase?)
    /// The driver has its turn.
    case driver
  }

  public private(set) var machine = XenbusMachine()
  private let directory: [UInt8]
  private let details: [[UInt8]]
  private let token: [UInt8]
  private var store: Store
  private var activity = Activity.idle
  private var mustLook = true
  private var isWatching = false
  /// The backend's directory that is watched; empty if none is.
  private var watched: [UInt8] = []
  /// Whether xenstored could not be talked to the last time.
  public private(set) var hasFailed = false
  /// Whether xenstore has more for us, which no event will announce.
  public var hasMore: Bool { store.hasMore }
  /// Whether what the nodes say was looked at once.
  public private(set) var hasLooked = false

  /// The frontend of a device.
  ///
  /// - Parameters:
  ///   - directory: its nodes, relative to the domain's own directory: `device/vbd/51712`.
  ///   - details: names of the backend's nodes that say what the device is like.
  ///   - store: xenstore.
  public init(directory: [UInt8], details: [[UInt8]], store: Store) {
    self.directory = directory
    self.details = details
    token = [UInt8](literal: "device:") + directory
    self.store = store
  }

  /// Ends the connection for good, in the next steps.
  public mutating func end() {
    machine.end()
    mustLook = true
    switch activity {
    case .driver: activity = .idle
    case .details(let batch, _):
      batch.abandon(&store)
      activity = .idle
    case .idle, .own, .backend, .writing: break
    }
  }

  /// Whether the frontend has said that it is closed, or there is nothing to say.
  public var isClosed: Bool {
    guard machine.isEnded || machine.phase == .absent, case .idle = activity else { return false }
    return !mustLook && machine.phase != .announced && machine.phase != .connected
  }

  /// Tells the backend of the rings, which are named by these nodes.
  public mutating func announce(_ nodes: [(name: [UInt8], value: [UInt8])]) {
    write(
      nodes.map { .write($0.value, to: node($0.name)) }
        + [.write(XenbusState.initialised.value, to: stateNode)], then: .announced)
  }

  /// Tells the backend that all is well.
  public mutating func complete() {
    write([.write(XenbusState.connected.value, to: stateNode)], then: .connected)
  }

  /// The rings are not used any more.
  public mutating func left() {
    machine.hasLeft()
    activity = .idle
    mustLook = true
  }

  /// Goes on; nil if there is nothing to do before a node changes or `machine.deadline` has come.
  public mutating func advance(now: SystemTime) -> Demand? {
    if hasFailed {
      guard store.isWorking else { return nil }
      (hasFailed, mustLook) = (false, true)
    }
    if !isWatching {
      isWatching = true
      write([.watch(stateNode, token: token)], then: nil)
    }
    while !hasFailed {
      switch activity {
      case .driver: return nil
      case .idle:
        while store.takeEvent(token: token) { mustLook = true }
        if let deadline = machine.deadline, now >= deadline { mustLook = true }
        guard mustLook else { return nil }
        mustLook = false
        activity = .own(
          NodeBatch([
            .read(stateNode), .read(node([UInt8](literal: "backend"))),
            .read(node([UInt8](literal: "backend-id"))),
          ]))
      case .own(var batch):
        guard advance(&batch, in: { .own($0) }) else { return nil }
        hasLooked = true
        let nodes = ownNodes(batch)
        activity = nodes.backendPath.map { .backend(backendBatch($0), nodes) } ?? .idle
        guard nodes.backendPath == nil else { continue }
        if let demand = act(nodes, now) { return demand }
      case .backend(var batch, var nodes):
        guard advance(&batch, in: { .backend($0, nodes) }) else { return nil }
        let count = batch.replies.count
        nodes.backend = batch.value(count - 2).map { XenbusState($0) }
        nodes.isOnline = batch.value(count - 1) == [UInt8](literal: "1")
        activity = .idle
        if let demand = act(nodes, now) { return demand }
      case .details(var batch, let step):
        guard advance(&batch, in: { .details($0, step) }) else { return nil }
        let values = details.indices.map { batch.value($0) }
        activity = step == .complete ? .driver : .idle
        return step == .complete ? .complete(values) : .refresh(values)
      case .writing(var batch, let phase):
        guard advance(&batch, in: { .writing($0, phase) }) else { return nil }
        if phase == .announced { machine.hasAnnounced() }
        if phase == .connected { machine.hasConnected() }
        activity = .idle
        // What a backend says to it comes by a watch; what is refused means that the device is going.
        mustLook = mustLook || batch.replies.contains(.refused)
      }
    }
    return nil
  }

  /// Goes on with a batch, which stays where it is unless it is done.
  private mutating func advance(
    _ batch: inout NodeBatch<Store>, in activity: (NodeBatch<Store>) -> Activity
  ) -> Bool {
    let isDone = batch.advance(&store)
    hasFailed = batch.hasFailed
    if hasFailed { batch.abandon(&store) }
    self.activity = hasFailed ? .idle : activity(batch)
    return isDone && !hasFailed
  }

  /// What the own nodes say. A backend is believed to be where its domain's own nodes are.
  private func ownNodes(_ batch: NodeBatch<Store>) -> DeviceNodes {
    var nodes = DeviceNodes(own: batch.value(0).map { XenbusState($0) })
    guard let path = batch.value(1), let id = batch.value(2).flatMap({ Decimal.value($0) }),
      let id = UInt16(exactly: id), id < 0x7ff0,
      path.starts(
        with: [UInt8](literal: "/local/domain/") + Decimal.digits(UInt64(id))
          + [UInt8](literal: "/"))
    else { return nodes }
    (nodes.backendPath, nodes.backendID) = (path, id)
    return nodes
  }

  /// Reads what the backend says, and watches it the first time.
  private mutating func backendBatch(_ path: [UInt8]) -> NodeBatch<Store> {
    let node = path + [UInt8](literal: "/state")
    var requests: [NodeRequest] = []
    if path != watched {
      if !watched.isEmpty {
        requests.append(.unwatch(watched + [UInt8](literal: "/state"), token: token))
      }
      requests.append(.watch(node, token: token))
      watched = path
    }
    return NodeBatch(requests + [.read(node), .read(path + [UInt8](literal: "/online"))])
  }

  /// Lets the machine decide, and does what is not the driver's.
  private mutating func act(_ nodes: DeviceNodes, _ now: SystemTime) -> Demand? {
    let step = machine.look(at: nodes, now: now)
    switch step {
    case .wait: break
    case .say(let state):
      write([.write(state.value, to: stateNode)], then: nil)
    case .complete, .refresh:
      activity = .details(
        NodeBatch(details.map { .read(watched + [UInt8](literal: "/") + $0) }), step)
    case .connect(let id):
      activity = .driver
      return .connect(id)
    case .leave(let departure):
      activity = .driver
      return .leave(departure)
    }
    return nil
  }

  private mutating func write(_ requests: [NodeRequest], then phase: XenbusMachine.Phase?) {
    activity = .writing(NodeBatch(requests), phase)
  }

  private var stateNode: [UInt8] { node([UInt8](literal: "state")) }

  private func node(_ name: [UInt8]) -> [UInt8] { directory + [UInt8](literal: "/") + name }
}
