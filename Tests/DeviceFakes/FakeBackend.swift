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
  package static let front = "/local/domain/7/device/vbd/51712"
  package var path: String { "/local/domain/\(domain)/backend/vbd/7/51712" }

  /// Whether the driver reacts to anything.
  package var isAlive = true
  /// Whether it lets go of what it has mapped when it disconnects.
  package var letsGo = true
  package private(set) var ring: (reference: UInt32, page: UnsafeMutableRawPointer)?
  package private(set) var port: EventChannelPort?
  /// What it has mapped without a connection.
  private var kept: [UInt32] = []
  /// Rings that were connected.
  package private(set) var connections = 0
  /// Whether the frontend has an event that it did not look at.
  package var wakesFrontend = false

  package init(_ xen: FakeDeviceXen, _ store: FakeNodeStore, domain: UInt16 = 0) {
    (self.xen, self.store, self.domain) = (xen, store, domain)
  }

  // MARK: The toolstack

  /// Makes the nodes of both ends, as the toolstack does in one transaction.
  package func attach(state: Int = 1) {
    store.set(path + "/frontend", Self.front)
    store.set(path + "/frontend-id", "7")
    store.set(path + "/online", "1")
    store.set(path + "/state", "\(state)")
    store.set(Self.front + "/backend", path)
    store.set(Self.front + "/backend-id", "\(domain)")
    store.set(Self.front + "/virtual-device", "51712")
    store.set(Self.front + "/state", "1")
  }

  /// Asks both ends to part.
  package func detach() {
    store.set(path + "/online", "0")
    store.set(path + "/state", "5")
  }

  /// Removes the nodes of both ends.
  package func removeNodes() {
    store.remove(path)
    store.remove(Self.front)
  }

  // MARK: The driver

  package var state: Int? {
    get { store.get(path + "/state").flatMap { Int($0) } }
    set {
      guard store.get(path + "/state") != nil else { return }
      store.set(path + "/state", "\(newValue ?? 0)")
    }
  }

  package var frontState: Int? { store.get(Self.front + "/state").flatMap { Int($0) } }

  /// Goes on with what the frontend says; true if something was done.
  @discardableResult
  package func step() -> Bool {
    guard isAlive, let own = state else { return false }
    switch (frontState ?? 0, own) {
    case (1, 1), (1, 6): state = 2
    case (3, 1), (3, 2), (4, 1), (4, 2): connect()
    case (5, 2...4): state = 5
    case (6, 2...5):
      disconnect()
      state = 6
    case (0, 1...5):
      disconnect()
      state = 6
    default: return work()
    }
    return true
  }

  private func connect() {
    disconnect()
    guard let reference = number("ring-ref"), let channel = number("event-channel"),
      let page = xen.map(reference, as: domain),
      xen.channels[EventChannelPort(rawValue: channel)] == domain
    else {
      // A fatal error.
      return state = 5
    }
    ring = (reference, page)
    let port = EventChannelPort(rawValue: channel)
    self.port = port
    // Binding an end of a channel marks it as pending.
    xen.woken.insert(port)
    connections += 1
    didConnect()
    state = 4
  }

  /// Stops using the rings.
  package func disconnect() {
    guard let ring else { return }
    kept += [ring.reference] + takeBorrowed()
    if letsGo { letGo() }
    (self.ring, port) = (nil, nil)
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
  package func comeBack() {
    isAlive = true
    state = 2
  }

  package func number(_ name: String) -> UInt32? {
    store.get(Self.front + "/" + name).flatMap { UInt32($0) }
  }

  // MARK: What kinds of devices add

  /// Says what the device is like.
  open func didConnect() {}
  /// What it has mapped beside the ring, and forgets now.
  open func takeBorrowed() -> [UInt32] { [] }
  /// Answers requests; true if there were any.
  open func work() -> Bool { false }
}
