// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenABI

/// An interface's backend, which acts as Linux's does; but what makes Linux switch an interface off, or answer with
/// an error, is a fault of the test.
///
/// Source: `drivers/net/xen-netback` of Linux 6.1: `xenbus.c`, `netback.c` and `rx.c`.
final class FakeNetback: FakeBackend {
  /// The order of answers.
  enum Order: CaseIterable {
    case asAsked, reversed, mixed
  }

  /// Nodes that it writes before a connection; nil is none.
  var says: [String: String?] = [
    "feature-rx-copy": "1", "feature-rx-flip": "0", "feature-sg": "1", "feature-gso-tcpv4": "1",
    "feature-gso-tcpv6": "1", "feature-ipv6-csum-offload": "1", "feature-split-event-channels": "1",
    "multi-queue-max-queues": "4",
  ]
  /// The frontend's nodes that the toolstack writes.
  var ownNodes: [String: String?] = ["mac": "00:16:3e:01:02:03", "mtu": "1500", "handle": "0"]
  /// Whether the toolstack says that it has done what it does to new interfaces.
  var isHotplugged = true
  var order = Order.asAsked
  /// Whether it takes frames, but does not answer.
  var holds = false
  /// Frames that it takes in a step.
  var appetite = Int.max
  /// What it answers for a frame that is right.
  var status: (NetFrame) -> Int16 = { _ in 0 }
  /// Whether it may find slots and nodes that make no sense: it has started again among frames that were not
  /// answered, or others write nodes, too.
  var isConfused = false

  /// Lets the frontend look at once.
  var wakeNow: () -> Void = {}
  /// Frames that wait for buffers of the frontend.
  var outbox: [NetFrame] = []

  /// Frames that it took, since the beginning.
  var log: [NetFrame] = []
  var held: [HeldFrame] = []
  /// Events that brought nothing.
  var spuriousEvents = 0
  private(set) var eventsSent = 0
  /// Slots that were taken, and responses that were written, of both rings.
  var sendTaken: UInt32 = 0
  var sendAnswered: UInt32 = 0
  var receiveTaken: UInt32 = 0
  private var isBound = false
  /// Whether it waits for an event before it looks for frames again.
  private var isAsleep = false
  /// The state that it would be in if its toolstack had not forgotten it, and what it has said in place of that.
  private var silent: (state: Int, text: Int)?

  init(_ xen: FakeDeviceXen, _ store: FakeNodeStore, domain: UInt16 = 0) {
    super.init(xen, store, domain: domain, device: ("vif", "0"))
  }

  // MARK: The connection

  override var ringNodes: [String] { ["tx-ring-ref", "rx-ring-ref"] }

  override var channelNodes: [String] {
    has("feature-split-event-channels")
      ? ["event-channel-tx", "event-channel-rx"] : super.channelNodes
  }

  override func didAttach() {
    for (name, value) in ownNodes { put(front + "/" + name, value) }
    for (name, value) in says { put(path + "/" + name, value) }
  }

  private func put(_ path: String, _ value: String?) {
    if let value { store.set(path, value) } else if store.get(path) != nil { store.remove(path) }
  }

  /// It says again what it can do.
  func sayAgain() { for (name, value) in says { put(path + "/" + name, value) } }

  override func comeBack() {
    silent = nil
    super.comeBack()
  }

  override func react(_ frontState: Int, _ own: Int) -> Bool {
    if let silent, silent.text != own || isHotplugged {
      self.silent = nil
      if silent.text == own { state = silent.state }
      return true
    }
    switch (frontState, silent?.state ?? own) {
    case (1, 1), (1, 5), (1, 6):
      disconnect()
      say([2], own)
    case (1, 2...4) where port != nil:
      disconnect()
      say([5, 6, 2], own)
    case (4, 1...2) where port == nil:
      if connect() { say([4], own) } else { say([5], own) }
    case (4, 2) where isHotplugged: state = 4
    case (5, 1...4):
      disconnect()
      say([5], own)
    case (6, 2...5):
      disconnect()
      say([6], own)
    case (0, 1...5):
      disconnect()
      state = 6
    default: return false
    }
    return true
  }

  /// Says its states. One that waits for its toolstack since it was connected says none of them.
  private func say(_ states: [Int], _ own: Int) {
    guard !isHotplugged, states == [4] || silent != nil else {
      for next in states { state = next }
      return
    }
    silent = (states.last ?? own, own)
  }

  override func didConnect() {
    // Rings that were in use go on where their answers end.
    (sendTaken, sendAnswered, receiveTaken) = (index(0, 8), index(0, 8), index(1, 8))
    (held, isBound, isAsleep) = ([], true, false)
    for (name, value) in [("request-rx-copy", "1"), ("feature-rx-notify", "1")]
    where store.get(front + "/" + name) != value {
      note("\(name) is not \(value)")
    }
    if number("multi-queue-num-queues") != nil { note("more than one queue") }
  }

  override func takeBorrowed() -> [UInt32] {
    defer { held = [] }
    return held.flatMap(\.references)
  }

  /// Whether the frontend or the backend has a feature.
  func takes(_ feature: String) -> Bool { store.get(front + "/" + feature) == "1" }
  func has(_ feature: String) -> Bool { (says[feature] ?? nil) == "1" }

  // MARK: The rings

  /// Ring 0 is the one for what the frontend sends.
  func index(_ ring: Int, _ offset: Int) -> UInt32 {
    rings.count < 2 ? 0 : rings[ring].page.load(fromByteOffset: offset, as: UInt32.self)
  }

  func setIndex(_ ring: Int, _ offset: Int, _ value: UInt32) {
    guard rings.count == 2 else { return }
    rings[ring].page.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }

  func slot(_ ring: Int, _ number: UInt32) -> UnsafeMutableRawPointer? {
    rings.count < 2 ? nil : rings[ring].page + 64 + Int(number & 255) * (ring == 0 ? 12 : 8)
  }

  override func work() -> Bool {
    guard rings.count == 2, let sendPort = ports.first, let receivePort = ports.last else {
      return false
    }
    let wasWoken = xen.woken.remove(sendPort) != nil
    let hasBuffers = xen.woken.remove(receivePort) != nil
    if isAsleep, !wasWoken, index(0, 0) != sendTaken { note("frames without an event") }
    let hasTaken = takeFrames()
    let hasDelivered = deliver()
    // Binding a channel marks it as pending: that one is not the frontend's.
    if !isBound {
      let isShared = sendPort == receivePort
      if wasWoken, !hasTaken, !isShared || !hasDelivered { spuriousEvents += 1 }
      if hasBuffers, !hasDelivered { spuriousEvents += 1 }
    }
    isBound = false
    let hasAnswered = !holds && !held.isEmpty
    if hasAnswered { answer() }
    return hasTaken || hasDelivered || hasAnswered
  }

  /// Takes frames; true if there were any.
  private func takeFrames() -> Bool {
    var count = 0
    isAsleep = false
    while true {
      let produced = index(0, 0)
      guard produced &- sendTaken <= 256 else {
        xen.note("there are more requests than slots")
        return false
      }
      while sendTaken != produced, count < appetite {
        takeFrame(produced)
        count += 1
      }
      guard count < appetite else { return count > 0 }
      setIndex(0, 4, sendTaken &+ 1)
      if index(0, 0) == sendTaken {
        isAsleep = true
        return count > 0
      }
    }
  }

  /// Tells the frontend, exactly when it wants to be told.
  func publish(_ ring: Int, from before: UInt32, to end: UInt32) {
    setIndex(ring, 8, end)
    if end &- index(ring, 12) < end &- before {
      wakesFrontend = true
      eventsSent += 1
    }
  }
}
