// SPDX-License-Identifier: Apache-2.0

import XenDevices
import XenRings

/// The ring for frames that are sent, and the pages that hold them.
///
/// A page has bytes of one frame, and is not used again before it is answered: the backend may have it mapped.
struct NetSender<Machine: DeviceMachine> {
  /// A slot whose response has not come.
  private struct Flight {
    let id: UInt16
    /// Whether a frame begins there.
    let isFirst: Bool
  }

  private var ring: RequestRing
  private var pages: NetPages<Machine>
  private var flights: [Flight?]
  private var serial: UInt16 = 0
  /// Slots without a page whose response has not come.
  private var extraCount = 0
  /// Responses that may make no sense: a backend that has started again on the same ring does not know which
  /// slots the one before has answered.
  private var doubts = 0
  /// Slots for which the owner waits; 0 if it does not.
  private var wanted = 0

  init(_ ring: RequestRing, _ pages: NetPages<Machine>) {
    self.ring = ring
    self.pages = pages
    flights = (0..<pages.limit).map { _ in nil }
  }

  /// The pages.
  var allPages: [GivenPage] { pages.all }

  /// Frames that were not answered.
  var frameCount: Int { flights.count { $0?.isFirst == true } }

  // MARK: Frames

  /// Slots that a frame takes, one of them for what is said of segments.
  private static func slots(_ count: Int, _ offload: NetOffload) -> Int {
    (count + 4095) / 4096 + (offload.segmentSize > 0 ? 1 : 0)
  }

  /// Whether there is room for a frame. If there is not, the backend is asked to tell when there is.
  mutating func makeRoom(_ count: Int, _ offload: NetOffload) -> Bool {
    let slots = Self.slots(count, offload)
    guard ring.room >= slots, pages.prepare((count + 4095) / 4096) else {
      wanted = slots
      return false
    }
    return true
  }

  /// Whether nothing is under way that could make room.
  var isIdle: Bool { ring.outstanding == 0 }

  /// Writes a frame into pages and ring; the backend does not see it before `publish`.
  ///
  /// - Precondition: there is room.
  mutating func add(
    _ count: Int, _ offload: NetOffload, fill: (_ offset: Int, _ page: inout MutableRawSpan) -> Void
  ) {
    var offset = 0
    while offset < count {
      let size = min(count - offset, 4096)
      let number = pages.take()
      let page = pages[number]
      let bytes = unsafe UnsafeMutableRawBufferPointer(start: page.address, count: size)
      var span = unsafe bytes.mutableBytes
      fill(offset, &span)
      let isFirst = offset == 0
      var flags: SendFlags = offset + size < count ? .hasMore : []
      if isFirst, offload.isBlank { flags.formUnion([.isBlank, .isVerified]) }
      if isFirst, offload.segmentSize > 0 { flags.insert(.hasExtra) }
      NetifWire.writeSend(
        to: ring.nextRequest(), page: page.reference, flags: flags,
        id: launch(number, isFirst: isFirst), size: isFirst ? count : size)
      if isFirst, offload.segmentSize > 0 {
        NetifWire.writeSegmentation(
          to: ring.nextRequest(), size: offload.segmentSize, isIPv6: offload.isIPv6)
        extraCount += 1
      }
      offset += size
    }
  }

  /// Takes note that a page is under way, and numbers the request: the page's number is in it, and how many there
  /// were before, so that a response which comes twice is noticed.
  private mutating func launch(_ page: UInt8, isFirst: Bool) -> UInt16 {
    serial &+= 1
    let id = UInt16(page) | serial << 8
    flights[Int(page)] = Flight(id: id, isFirst: isFirst)
    return id
  }

  /// Lets the backend see the frames.
  ///
  /// - Returns: Whether it wants to be told.
  mutating func publish() -> Bool { ring.publish() }

  // MARK: Responses

  /// The backend may have started again.
  mutating func doubt() { doubts = ring.outstanding }

  /// Takes the responses that there are.
  ///
  /// - Returns: Whether there is room now for what had none.
  /// - Throws: `NetFault` if the backend broke the protocol.
  mutating func takeResponses(_ counts: inout NetCounts) throws(NetFault) -> Bool {
    repeat {
      while let response = try nextResponse() { try complete(response, &counts) }
      if isIdle { reclaim(&counts) }
      // Half of them at a time: one by one would be an event for each frame.
    } while !hasWanted() && ring.expectResponses(max(1, ring.outstanding / 2))
    // Without anything under way there will be no more room, and the owner has to hear of that, too.
    guard wanted > 0, hasWanted() || isIdle else { return false }
    wanted = 0
    return true
  }

  private mutating func hasWanted() -> Bool { ring.room >= wanted && pages.prepare(wanted) }

  private mutating func nextResponse() throws(NetFault) -> SendResponse? {
    do throws(RingError) {
      return try ring.takeResponse().map { SendResponse($0) }
    } catch {
      throw .indices
    }
  }

  private mutating func complete(
    _ response: SendResponse, _ counts: inout NetCounts
  ) throws(NetFault) {
    if response.status == SendResponse.none, extraCount > 0 {
      extraCount -= 1
      return
    }
    let page = UInt8(truncatingIfNeeded: response.id)
    guard response.status != SendResponse.none, Int(page) < flights.count,
      let flight = flights[Int(page)], flight.id == response.id
    else {
      guard doubts > 0 else { throw .unknownResponse }
      doubts -= 1
      return
    }
    flights[Int(page)] = nil
    pages.putBack(page)
    guard flight.isFirst, response.status != SendResponse.okay else { return }
    if response.status == SendResponse.dropped { counts.drops &+= 1 } else { counts.errors &+= 1 }
  }

  /// Takes pages whose response went astray: every slot is answered.
  private mutating func reclaim(_ counts: inout NetCounts) {
    (doubts, extraCount) = (0, 0)
    guard pages.inUse > 0 else { return }
    for place in flights.indices {
      guard let flight = flights[place] else { continue }
      if flight.isFirst { counts.drops &+= 1 }
      flights[place] = nil
      pages.putBack(UInt8(place))
    }
  }
}
