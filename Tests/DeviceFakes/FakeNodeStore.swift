// SPDX-License-Identifier: Apache-2.0

package import XenDevices

/// xenstored with one client, a guest that owns the directories of its devices; stricter than xenstored.
///
/// Nothing is answered before `serve`. `faults` has what a frontend must not do: a state that is written
/// although it is there, a write into a directory that it knows to be gone, a reply that is taken twice.
package final class FakeNodeStore: DeviceStore {
  package struct Ticket: Hashable {
    fileprivate let number: Int
  }

  private struct Watch: Equatable {
    let path: String
    let token: [UInt8]
  }

  /// The guest's own directory, and the one in it that it owns.
  private static let home = "/local/domain/7/"
  private let owned: String

  package private(set) var nodes: [String: [UInt8]] = [:]
  private var queue: [(ticket: Ticket, request: NodeRequest)] = []
  private var replies: [Ticket: NodeReply] = [:]
  private var watches: [Watch] = []
  private var events: [Watch] = []
  private var nextTicket = 0
  /// Whether the guest was told that its directory is not there.
  private var isKnownToBeGone = false
  /// Its state, as far as the guest knows.
  private var knownState: [UInt8]?

  package private(set) var isWorking = true
  private var hasFailedRequests = false
  package var hasMore = false
  /// Whether there is something new that wakes the guest; the guest's owner resets it.
  package var wakes = false
  package private(set) var faults: [String] = []
  /// Requests that were served.
  package private(set) var served = 0
  /// How often the guest had to wait for an answer.
  package private(set) var roundTrips = 0
  /// Events that the guest took.
  package private(set) var eventsTaken = 0
  /// What the guest wrote, in the order in which it was served.
  package private(set) var written: [(path: String, value: String)] = []
  package private(set) var refusedWrites = 0

  /// Requests that may be under way.
  package var limit = 20
  /// Which requests are refused although they are right.
  package var refuses: (NodeRequest) -> Bool = { _ in false }
  /// Whether events wait.
  package var holdsEvents = false {
    didSet { if !holdsEvents, !events.isEmpty { wakes = true } }
  }
  /// Whether events of the same node are delivered as one.
  package var mergesEvents = false
  /// What others do before each request is served.
  package var meddle: () -> Void = {}

  /// The store of a guest with a device, like `vbd/51712`.
  package init(device: String) { owned = Self.home + "device/" + device }

  // MARK: The guest's side

  package func begin(_ request: NodeRequest) -> Ticket? {
    guard replies.count + queue.count < limit else { return nil }
    nextTicket += 1
    let ticket = Ticket(number: nextTicket)
    guard isWorking, Self.fits(request) else {
      replies[ticket] = .failed
      hasFailedRequests = true
      return ticket
    }
    if case .write(_, let path) = request, isKnownToBeGone {
      faults.append("a write into a directory that is known to be gone: \(Self.text(path))")
    }
    queue.append((ticket, request))
    return ticket
  }

  /// What a client does not even send: a message has 4 KiB at most, and a path no zeros.
  private static func fits(_ request: NodeRequest) -> Bool {
    switch request {
    case .read(let path): path.count < 4096
    case .write(let value, let path): path.count + value.count < 4096
    case .watch(let path, let token), .unwatch(let path, let token): path.count + token.count < 4095
    }
  }

  package func takeReply(to ticket: Ticket) -> NodeReply? {
    if let reply = replies.removeValue(forKey: ticket) { return reply }
    if !queue.contains(where: { $0.ticket == ticket }) { faults.append("a reply is taken twice") }
    return nil
  }

  package func abandon(_ ticket: Ticket) {
    replies[ticket] = nil
    queue.removeAll { $0.ticket == ticket }
  }

  package func takeEvent(token: [UInt8]) -> Bool {
    guard !holdsEvents, let place = events.firstIndex(where: { $0.token == token }) else {
      return false
    }
    events.remove(at: place)
    eventsTaken += 1
    return true
  }

  // MARK: xenstored's side

  /// Serves requests; true if there were any.
  @discardableResult
  package func serve(_ most: Int = .max) -> Bool {
    var count = 0
    while count < most, isWorking, !queue.isEmpty {
      meddle()
      guard isWorking, !queue.isEmpty else { break }
      let (ticket, request) = queue.removeFirst()
      replies[ticket] = answer(request)
      count += 1
    }
    served += count
    if count > 0 { (roundTrips, wakes) = (roundTrips + 1, true) }
    return count > 0
  }

  /// Whether nothing is under way.
  package var isIdle: Bool { queue.isEmpty && replies.isEmpty }

  private func answer(_ request: NodeRequest) -> NodeReply {
    guard !refuses(request) else {
      if case .write = request { refusedWrites += 1 }
      return .refused
    }
    switch request {
    case .read(let path):
      let path = Self.absolute(path)
      if path == owned + "/state" {
        knownState = nodes[path]
        isKnownToBeGone = knownState == nil
      }
      return nodes[path].map { .done($0) } ?? .refused
    case .write(let value, let path): return write(value, Self.absolute(path))
    case .watch(let path, let token):
      let watch = Watch(path: Self.absolute(path), token: token)
      guard !watches.contains(watch) else { return .refused }
      watches.append(watch)
      add(watch)
      return .done([])
    case .unwatch(let path, let token):
      let watch = Watch(path: Self.absolute(path), token: token)
      guard let place = watches.firstIndex(of: watch) else { return .refused }
      watches.remove(at: place)
      return .done([])
    }
  }

  private func write(_ value: [UInt8], _ path: String) -> NodeReply {
    guard path.hasPrefix(owned + "/"), nodes[owned] != nil else {
      refusedWrites += 1
      return .refused
    }
    if path.hasSuffix("/state") {
      if nodes[path] == value, knownState == value {
        faults.append("state \(Self.text(value)) is written although it is there")
      }
      knownState = value
    }
    written.append((path, Self.text(value)))
    nodes[path] = value
    fire(path, isRemoved: false)
    return .done([])
  }

  private func fire(_ path: String, isRemoved: Bool) {
    for watch in watches {
      guard
        path == watch.path || path.hasPrefix(watch.path + "/")
          || isRemoved && watch.path.hasPrefix(path + "/")
      else { continue }
      add(watch)
    }
  }

  private func add(_ event: Watch) {
    if mergesEvents, events.contains(event) { return }
    events.append(event)
    if !holdsEvents { wakes = true }
  }

  private static func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }

  private static func absolute(_ path: [UInt8]) -> String {
    path.first == UInt8(ascii: "/") ? text(path) : home + text(path)
  }
}

extension FakeNodeStore {
  // MARK: What others do

  /// Writes a node and its directory.
  package func set(_ path: String, _ value: some Collection<UInt8>) {
    if path.hasPrefix(owned + "/") { nodes[owned] = [] }
    nodes[path] = Array(value)
    fire(path, isRemoved: false)
  }

  package func set(_ path: String, _ value: String) { set(path, value.utf8) }

  /// Removes a node and all below it.
  package func remove(_ path: String) {
    let below = path + "/"
    for node in nodes.keys where node == path || node.hasPrefix(below) { nodes[node] = nil }
    fire(path, isRemoved: true)
  }

  package func get(_ path: String) -> String? { nodes[path].map { Self.text($0) } }

  /// An event of each watch, for nothing.
  package func fireAll() { for watch in watches { add(watch) } }

  package var watchCount: Int { watches.count }

  /// The connection fails: nothing that is under way is answered.
  package func fail() {
    (isWorking, wakes) = (false, true)
    for (ticket, _) in queue { replies[ticket] = .failed }
    hasFailedRequests = !queue.isEmpty
    queue = []
  }

  /// It works again. The client registers the watches again; a guest of which requests have failed knows that
  /// there was something, and may have to do it.
  package func recover(keepsWatches: Bool) {
    guard !isWorking else { return }
    (isWorking, wakes) = (true, true)
    if !keepsWatches, hasFailedRequests { watches = [] }
    events = watches
  }

  /// What the guest wrote into its state node.
  package var states: [String] {
    written.filter { $0.path == owned + "/state" }.map(\.value)
  }
}
