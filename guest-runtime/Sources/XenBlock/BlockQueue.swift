// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenDevices
import XenRings

/// Requests to a disk: those that wait, and those in a ring, if there is one.
///
/// Requests begin in their order. What the backend has not answered when it goes away is kept, and issued
/// again, once, before anything new.
struct BlockQueue<Machine: DeviceMachine> {
  /// A piece of a request: a range of its bytes.
  struct Piece {
    let request: BlockRequest
    let range: Range<UInt64>
  }

  /// A piece in the ring, with the pages that hold its data: those of the list of pages come first.
  struct Flight {
    let piece: Piece
    let id: UInt64
    var pages = [33 of UInt16](repeating: 0)
    var pageCount = 0
    var listCount = 0
  }

  var pending: [BlockRequest] = []
  var returned: [Piece] = []
  var flights: [Flight?] = []
  var freeFlights: [Int] = []
  var ring: RequestRing?
  var pool: BlockPool<Machine>?
  var serial: UInt64 = 0
  /// How many times requests may have ended.
  var endCount = 0
  /// What the disk is like; nil as long as nothing may be issued.
  private(set) var geometry: BlockGeometry?
  /// The disk's number, which each request carries.
  let handle: UInt32

  /// Responses that are taken in one step at most, so that a backend that never stops answering cannot hold us.
  private static var appetite: Int { 128 }

  init(handle: UInt32) { self.handle = handle & 0xffff }

  // MARK: The connection

  /// Begins to use a ring.
  mutating func connect(_ ring: RequestRing, _ pool: BlockPool<Machine>) {
    self.ring = ring
    self.pool = pool
    flights = (0..<ring.slotCount).map { _ in nil }
    freeFlights = Array((0..<ring.slotCount).reversed())
  }

  /// Lets requests be issued, to a disk like this.
  mutating func open(_ geometry: BlockGeometry) { self.geometry = geometry }

  /// Lets no more requests be issued; those under way may still be answered.
  mutating func hold() { geometry = nil }

  /// Forgets ring and pages; what was under way will be issued again.
  ///
  /// - Returns: The pages of the pool.
  mutating func disconnect() -> [GivenPage] {
    let lost = flights.compactMap { $0 }.sorted { $0.id < $1.id }
    returned = lost.map { $0.piece }.filter { !$0.request.isAbandoned } + returned
    for flight in lost where flight.piece.request.isAbandoned {
      flight.piece.request.endPiece(nil)
    }
    let pages = pool?.all ?? []
    (ring, pool, geometry, flights, freeFlights) = (nil, nil, nil, [], [])
    return pages
  }

  /// Requests that the backend has not answered.
  var outstanding: Int { ring?.outstanding ?? 0 }

  /// Whether there is something to issue or to wait for.
  var isEmpty: Bool { pending.isEmpty && returned.isEmpty && outstanding == 0 }

  // MARK: Requests

  mutating func add(_ request: BlockRequest) { pending.append(request) }

  /// Gives a request up: nobody waits for it. What of it is under way may still take effect.
  mutating func abandon(_ request: BlockRequest) {
    request.isAbandoned = true
    pending.removeAll { $0 === request }
    let lost = returned.filter { $0.request === request }.count
    returned.removeAll { $0.request === request }
    for _ in 0..<lost { request.endPiece(nil) }
  }

  /// Ends all that is not in the ring, with an error.
  mutating func fail(_ error: BlockError) {
    if !pending.isEmpty || !returned.isEmpty { endCount += 1 }
    for piece in returned { piece.request.endPiece(error) }
    for request in pending {
      request.error = request.error ?? error
      request.finishIfDone()
    }
    (pending, returned) = ([], [])
  }

  /// Ends everything with an error; what is in the ring is not looked at any more.
  mutating func failAll(_ error: BlockError) {
    for place in flights.indices {
      endCount += 1
      flights[place]?.piece.request.endPiece(error)
      flights[place] = nil
    }
    fail(error)
  }

  // MARK: The ring

  /// Takes responses, and issues requests.
  ///
  /// - Parameter notify: tells the backend to look.
  /// - Returns: Whether there is more to do at once.
  /// - Throws: `BlockFault` if the backend broke the protocol.
  mutating func advance(notify: () -> Void) throws(BlockFault) -> Bool {
    guard ring != nil else { return false }
    var taken = 0
    repeat {
      while taken < Self.appetite, let response = try nextResponse() {
        taken += 1
        try complete(response)
      }
      issue()
      if ring?.publish() == true { notify() }
      // A turn counts like a response: the index may say that there is one, and then that there is none.
      taken += 1
      if taken >= Self.appetite { return true }
    } while ring?.expectResponses() == true
    return false
  }

  private mutating func nextResponse() throws(BlockFault) -> BlockResponse? {
    do throws(RingError) {
      return try ring?.takeResponse().map { BlockResponse($0) }
    } catch {
      throw .indices
    }
  }

  private mutating func complete(_ response: BlockResponse) throws(BlockFault) {
    let place = Int(response.id & 0xff)
    guard place < flights.count, let flight = flights[place], flight.id == response.id else {
      throw .unknownResponse
    }
    let request = flight.piece.request
    // Of a request with a list, Linux's backend answers what it carries, others the operation as it came.
    guard
      response.operation == request.operation.rawValue
        || flight.listCount > 0 && response.operation == BlockWire.indirect
    else { throw .wrongOperation }
    flights[place] = nil
    freeFlights.append(place)
    if response.status == 0, request.operation == .read, !request.isAbandoned { copyBack(flight) }
    for number in 0..<flight.pageCount { pool?.putBack(flight.pages[number]) }
    endCount += 1
    request.endPiece(failure(of: flight.piece, response.status))
  }

  private mutating func failure(of piece: Piece, _ status: Int16) -> BlockError? {
    guard status != 0 else { return nil }
    let request = piece.request
    guard status == BlockWire.notSupported else {
      return .failed(request.operation, offset: request.offset + piece.range.lowerBound)
    }
    switch request.operation {
    case .flush:
      // Nothing to flush, as it turns out.
      geometry?.forgetFlushing()
      return nil
    case .discard: geometry?.forgetDiscarding()
    case .read, .write: break
    }
    return .notSupported(request.operation)
  }

  private func copyBack(_ flight: Flight) {
    guard let pool else { return }
    var start = Int(flight.piece.range.lowerBound)
    let end = Int(flight.piece.range.upperBound)
    for number in flight.listCount..<flight.pageCount {
      let stop = min(start + 4096, end)
      unsafe flight.piece.request.copy(
        from: pool[flight.pages[number]].address, to: start..<stop)
      start = stop
    }
  }
}
