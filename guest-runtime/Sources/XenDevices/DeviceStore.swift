// SPDX-License-Identifier: Apache-2.0

/// What a frontend asks of xenstore: in a guest the domain's client, in a test a stand-in for xenstored.
///
/// Nothing here waits. Paths are relative to the domain's own directory unless they begin with a slash.
/// When the connection works again after a failure, so do its watches. Of one whose request failed that is not
/// known: it is asked for again, and refused if it is there.
public protocol DeviceStore {
  /// Names a request that is under way.
  associatedtype Ticket
  /// Whether the connection works.
  var isWorking: Bool { get }
  /// Whether there is more to take in, which no event will announce.
  var hasMore: Bool { get }
  /// Sends a request; nil if as many are under way as xenstored serves, and then it is tried again later.
  mutating func begin(_ request: NodeRequest) -> Ticket?
  /// Takes the reply to a request; nil as long as it has not come.
  mutating func takeReply(to ticket: Ticket) -> NodeReply?
  /// Gives a request up.
  mutating func abandon(_ ticket: Ticket)
  /// Takes an event of a watch with this token; false if there is none.
  mutating func takeEvent(token: [UInt8]) -> Bool
}

/// A request about a node.
public enum NodeRequest: Equatable, Sendable {
  case read([UInt8])
  case write([UInt8], to: [UInt8])
  /// The events of the watch carry the token.
  case watch([UInt8], token: [UInt8])
  case unwatch([UInt8], token: [UInt8])
}

/// What became of a request.
public enum NodeReply: Equatable, Sendable {
  /// It was done; a read brought this.
  case done([UInt8])
  /// xenstored refused: there is no such node, or it is not ours.
  case refused
  /// The connection to xenstored has failed.
  case failed
}

/// Requests of which many are under way at a time, and their replies.
///
/// xenstored serves one client's requests in their order, so that what is written last is seen last.
struct NodeBatch<Store: DeviceStore> {
  private let requests: [NodeRequest]
  private var tickets: [Store.Ticket] = []
  /// The replies that were taken, in the order of the requests.
  private(set) var replies: [NodeReply] = []

  init(_ requests: [NodeRequest]) { self.requests = requests }

  /// Goes as far as possible without waiting; true at the end.
  mutating func advance(_ store: inout Store) -> Bool {
    while replies.count < requests.count {
      while tickets.count < requests.count, let ticket = store.begin(requests[tickets.count]) {
        tickets.append(ticket)
      }
      guard replies.count < tickets.count,
        let reply = store.takeReply(to: tickets[replies.count])
      else { return false }
      replies.append(reply)
    }
    return true
  }

  /// Gives all up that is under way.
  func abandon(_ store: inout Store) {
    for ticket in tickets[replies.count...] { store.abandon(ticket) }
  }

  /// Where a request is.
  func place(of request: NodeRequest) -> Int { requests.firstIndex(of: request) ?? 0 }

  /// What a read brought; nil if the node is not there.
  func value(_ place: Int) -> [UInt8]? {
    guard case .done(let value) = replies[place] else { return nil }
    return value
  }

  /// Whether the connection to xenstored has failed.
  var hasFailed: Bool { replies.contains(.failed) }
}
