// SPDX-License-Identifier: Apache-2.0

package import XenABI
import XenFrontends

/// The driver at a device's other end, and the toolstack that attaches the device: they act as Linux's do.
///
/// Source: `frontend_changed` in `drivers/block/xen-blkback/xenbus.c` of Linux 6.1.
open class FakeBackend {
  package let xen: FakeDeviceXen
  package let store: FakeNodeStore
  package let domain: UInt16
  /// Kind and number of the device.
  private let device: (kind: String, number: String)
  /// The disk's directory.
  package static let front = "/local/domain/7/device/vbd/51712"
  package var front: String { "/local/domain/7/device/\(device.kind)/\(device.number)" }
  package var path: String {
    "/local/domain/\(domain)/backend/\(device.kind)/7/\(device.number)"
  }

  /// Whether the driver reacts to anything.
  package var isAlive = true
  /// Whether it lets go of what it has mapped when it disconnects.
  package var letsGo = true
  package private(set) var rings: [(reference: UInt32, page: UnsafeMutableRawPointer)] = []
  package var ring: (reference: UInt32, page: UnsafeMutableRawPointer)? { rings.first }
  /// The channels, in the order of `channelNodes`.
  package private(set) var ports: [EventChannelPort] = []
  package var port: EventChannelPort? { ports.first }
  /// What it has mapped without a connection.
  private var kept: [UInt32] = []
  /// Rings that were connected.
  package private(set) var connections = 0
  /// Whether the frontend has an event that it did not look at.
  package var wakesFrontend = false

  package init(
    _ xen: FakeDeviceXen, _ store: FakeNodeStore, domain: UInt16 = 0,
    device: (kind: String, number: String) = ("vbd", "51712")
  ) {
    (self.xen, self.store, self.domain, self.device) = (xen, store, domain, device)
  }

  // MARK: The toolstack

  /// Makes the nodes of both ends, as the toolstack does in one transaction.
  package func attach(state: Int = 1) {
    store.set(path + "/frontend", front)
    store.set(path + "/frontend-id", "7")
    store.set(path + "/online", "1")
    store.set(path + "/state", "\(state)")
    store.set(front + "/backend", path)
    store.set(front + "/backend-id", "\(domain)")
    didAttach()
    store.set(front + "/state", "1")
  }

  /// Asks both ends to part.
  package func detach() {
    store.set(path + "/online", "0")
    store.set(path + "/state", "5")
  }

  /// Removes the nodes of both ends.
  package func removeNodes() {
    store.remove(path)
    store.remove(front)
  }

  // MARK: The driver

  package var state: Int? {
    get { store.get(path + "/state").flatMap { Int($0) } }
    set {
      guard store.get(path + "/state") != nil else { return }
      store.set(path + "/state", "\(newValue ?? 0)")
    }
  }

  package var frontState: Int? { store.get(front + "/state").flatMap { Int($0) } }

  /// Goes on with what the frontend says; true if something was done.
  @discardableResult
  package func step() -> Bool {
    guard isAlive, let own = state else { return false }
    return react(frontState ?? 0, own) || work()
  }

  /// Goes on with the states of both ends; false if there is nothing to do.
  open func react(_ frontState: Int, _ own: Int) -> Bool {
    switch (frontState, own) {
    case (1, 1), (1, 6): state = 2
    case (3, 1), (3, 2), (4, 1), (4, 2): state = connect() ? 4 : 5
    case (5, 2...4): state = 5
    case (6, 2...5), (0, 1...5):
      disconnect()
      state = 6
    default: return false
    }
    return true
  }

  /// Begins to use the rings; false if that cannot be, which is fatal.
  package func connect() -> Bool {
    disconnect()
    let channels = channelNodes.compactMap(number).map { EventChannelPort(rawValue: $0) }
    guard channels.count == channelNodes.count, channels.allSatisfy({ xen.channels[$0] == domain })
    else { return false }
    for name in ringNodes {
      guard let reference = number(name), let page = xen.map(reference, as: domain) else {
        for ring in rings { xen.unmap(ring.reference) }
        rings = []
        return false
      }
      rings.append((reference, page))
    }
    ports = channels
    // Binding an end of a channel marks it as pending.
    xen.woken.formUnion(ports)
    connections += 1
    didConnect()
    return true
  }

  /// Stops using the rings.
  package func disconnect() {
    guard !rings.isEmpty else { return }
    kept += rings.map(\.reference) + takeBorrowed()
    if letsGo { letGo() }
    (rings, ports) = ([], [])
  }

  /// Unmaps what it has kept.
  package func letGo() {
    for reference in kept { xen.unmap(reference) }
    kept = []
  }

  /// The driver's code is gone, and all that it has mapped; nodes stay as they are.
  package func die() {
    disconnect()
    isAlive = false
  }

  /// The driver comes back and looks at the device as if it were new.
  open func comeBack() {
    isAlive = true
    state = 2
  }

  package func number(_ name: String) -> UInt32? {
    store.get(front + "/" + name).flatMap { UInt32($0) }
  }

  // MARK: What kinds of devices add

  /// The nodes that name the channels.
  open var channelNodes: [String] { ["event-channel"] }
  /// The nodes that name the rings.
  open var ringNodes: [String] { ["ring-ref"] }
  /// What the toolstack says of the device.
  open func didAttach() { store.set(front + "/virtual-device", device.number) }
  /// Says what the device is like.
  open func didConnect() {}
  /// What it has mapped beside the ring, and forgets now.
  open func takeBorrowed() -> [UInt32] { [] }
  /// Answers requests; true if there were any.
  open func work() -> Bool { false }
}
