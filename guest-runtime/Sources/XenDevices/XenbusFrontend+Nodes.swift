// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenstoreWire

/// Which nodes are read, and what they say.
extension XenbusFrontend {
  var stateNode: [UInt8] { node(Self.state) }
  /// Nodes that may come later than the state.
  private var whereNodes: [[UInt8]] {
    [node([UInt8](text: "backend")), node([UInt8](text: "backend-id"))]
  }
  private static var state: [UInt8] { [UInt8](text: "state") }
  /// The watches' events carry these.
  private var ownToken: [UInt8] { [UInt8](text: "device:") + directory }
  private var peerToken: [UInt8] { [UInt8](text: "backend:") + directory }
  /// Bytes of a backend's path, at most: xenstored takes no longer ones.
  private static var pathLimit: Int { 3000 }

  @inline(never) func node(_ name: [UInt8]) -> [UInt8] { directory + [UInt8](text: "/") + name }

  /// Takes an event; false if there is none.
  mutating func takeEvent() -> Bool {
    if store.takeEvent(token: ownToken) {
      mustLook.own = true
    } else if store.takeEvent(token: peerToken) {
      mustLook.peer = true
    } else {
      return false
    }
    return true
  }

  /// What a look reads: the own nodes, and then those of the backend, if it is known.
  mutating func look(hasPeer: Bool) -> [NodeRequest] {
    var requests: [NodeRequest] = []
    if !isWatching.state { requests.append(.watch(stateNode, token: ownToken)) }
    isWatching.state = true
    if isBackendLate, !isWatching.backend {
      requests += whereNodes.map { .watch($0, token: ownToken) }
      isWatching.backend = true
    }
    requests += ([stateNode] + whereNodes + ownDetails.map { node($0) }).map { .read($0) }
    return requests + (hasPeer ? peerRequests() : [])
  }

  /// Watches a backend from now on, and reads what it says.
  @inline(never) mutating func meet(_ path: [UInt8]) -> [NodeRequest] {
    let old = path == watched ? [] : unwatchPeer()
    (watched, isWatching.peer) = (path, true)
    return old + [.watch(path + [UInt8](text: "/state"), token: peerToken)] + peerRequests()
  }

  /// Takes the watches back.
  func part() -> [NodeRequest] {
    var requests = unwatchPeer()
    if isWatching.state { requests.append(.unwatch(stateNode, token: ownToken)) }
    if isWatching.backend { requests += whereNodes.map { .unwatch($0, token: ownToken) } }
    return requests
  }

  @inline(never) private func unwatchPeer() -> [NodeRequest] {
    watched.isEmpty ? [] : [.unwatch(watched + [UInt8](text: "/state"), token: peerToken)]
  }

  /// Whether the details count, too: with rings, or to make them. They are of one moment if the state is the same
  /// before and after.
  private var readsDetails: Bool { machine.hasRings || machine.order == .frontendFirst }

  private func peerRequests() -> [NodeRequest] {
    let names = [[UInt8](text: "online")] + (readsDetails ? [Self.state] + details : [])
    return (names + [Self.state]).map { .read(watched + [UInt8](text: "/") + $0) }
  }

  /// Takes note of what the backend says.
  ///
  /// - Returns: The details; nil if they are not of one moment, or do not count.
  mutating func takePeer(_ batch: NodeBatch<Store>) -> [[UInt8]?]? {
    let last = batch.replies.count - 1
    let first = readsDetails ? last - details.count - 1 : last
    peer.state = batch.value(last).map { XenbusState($0) }
    peer.isOnline = batch.value(first - 1) == [UInt8](text: "1")
    if peer.state == nil { watchBackend() }
    guard first < last else { return nil }
    guard batch.value(first) == batch.value(last) else {
      mustLook.peer = true
      return nil
    }
    return (first + 1..<last).map { batch.value($0) }
  }

  /// Watches, from the next look on, where the backend is: it is not there yet, or has moved.
  private mutating func watchBackend() {
    guard !isWatching.backend else { return }
    (isBackendLate, mustLook.own) = (true, true)
  }

  /// What the own nodes say. A backend is believed to be where its domain's own nodes are.
  mutating func ownNodes(_ batch: NodeBatch<Store>) -> ObservedNodes {
    let first = batch.place(of: .read(stateNode))
    var nodes = ObservedNodes(own: batch.value(first).map { XenbusState($0) })
    ownValues = ownDetails.indices.map { batch.value(first + 3 + $0) }
    guard let path = batch.value(first + 1), let number = batch.value(first + 2),
      let id = number.decimalValue.flatMap({ UInt16(exactly: $0) }), id < 0x7ff0,
      path.starts(
        with: [UInt8](text: "/local/domain/") + [UInt8](decimal: UInt64(id))
          + [UInt8](text: "/")),
      path.count <= Self.pathLimit, !path.contains(0)
    else {
      if nodes.own != nil { watchBackend() }
      return nodes
    }
    (nodes.backendPath, nodes.backendID) = (path, id)
    return nodes
  }
}
