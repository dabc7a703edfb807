// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenstoreWire

/// What both clients of xenstore share, without their I/O: `HostilePeers` has them against a peer.
@Suite struct XenstoreSessionTests {
  private var session = XenstoreSession()
  private var outgoing: [UInt8] = []

  private mutating func begin(_ operation: XenstoreOperation = .read) -> XenstoreRequestID {
    session.begin(operation, [97, 0], in: .none, appendingTo: &outgoing)
  }

  private func reply(_ id: UInt32, _ operation: XenstoreOperation = .read) -> XenstoreMessage {
    XenstoreMessage(operation: operation, requestID: id, payload: [UInt8(id)])
  }

  @Test mutating func requestsAreNumberedAndSentAsTheProtocolSays() {
    _ = begin()
    _ = session.begin(.write, [98], in: XenstoreTransaction(id: 7), appendingTo: &outgoing)
    #expect(
      outgoing == [2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 97, 0]
        + [11, 0, 0, 0, 2, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 98])
    #expect(session.requestCount == 2)
  }

  @Test mutating func repliesAreMatchedInAnyOrder() {
    let (first, second) = (begin(), begin())
    #expect(session.expected?.id == 1)
    session.deliver(reply(2))
    #expect(session.takeReply(to: first) == .pending)
    #expect(session.takeReply(to: second) == .payload([2]))
    #expect(session.takeReply(to: second) == .unknown)
    session.deliver(reply(1, .write))
    #expect(session.expected == nil)
    #expect(session.takeReply(to: first) == .mismatched(.read))
    session.deliver(reply(1))
    #expect(session.strayReplies == 1)
  }

  @Test mutating func anAbandonedRequestHoldsItsPlaceUntilItIsAnswered() {
    let given = begin()
    session.abandon(given)
    #expect(session.isDecided(given))
    #expect(session.requestCount == 1)
    session.deliver(reply(1))
    #expect(session.requestCount == 0)
    #expect(session.strayReplies == 0)
  }

  @Test mutating func aReconnectionForgetsWhatIsUnderWayButNotTheNumbers() throws {
    let lost = begin()
    #expect(try session.read([1, 2, 3]) == nil)
    #expect(!session.isSettled)
    session.forgetRequests()
    #expect(session.isSettled)
    #expect(session.takeReply(to: lost) == .unknown)
    _ = begin()
    #expect(session.expected?.id == 2)
  }

  @Test(arguments: [
    ("7\0", 7), ("4294967295\0", UInt32.max), ("12", 12), ("0\0", nil), ("4294967296\0", nil),
    ("", nil), ("-1\0", nil), ("x\0", nil),
  ])
  func aTransactionHasANumber(payload: String, id: UInt32?) {
    #expect(XenstoreTransaction(opened: Array(payload.utf8))?.id == id)
  }

  @Test func aListInPartsStartsAgainWhenItChanges() {
    var listing = XenstoreListing()
    #expect(listing.take(Array("1\0a\0bc\0".utf8)) == .incomplete)
    #expect(listing.offset == 5)
    #expect(listing.take(Array("2\0d\0\0".utf8)) == .incomplete)
    #expect(listing.offset == 0)
    #expect(listing.take(Array("2\0a\0".utf8)) == .incomplete)
    #expect(listing.take(Array("2\0d\0\0".utf8)) == .complete(Array("a\0d\0".utf8)))
  }

  @Test(arguments: [("1\0\0", ""), ("1\0a\0\0", "a\0")])
  func aListMayBeOfOnePart(part: String, names: String) {
    var listing = XenstoreListing()
    #expect(listing.take(Array(part.utf8)) == .complete(Array(names.utf8)))
  }

  @Test(arguments: ["", "1", "1\0"])
  func aPartWithoutNamesIsMalformed(part: String) {
    var listing = XenstoreListing()
    #expect(listing.take(Array(part.utf8)) == .malformed)
  }

  @Test func errorsHaveTheNumbersOfXensTable() {
    let table = withUnsafeBytes(of: xsd_errors) { Array($0.bindMemory(to: xsd_errors.self)) }
    #expect(table.count == 16)
    for error in table {
      let name = String(cString: error.errstring)
      #expect(XenstoreErrorName(payload: Array(name.utf8)).errno == error.errnum, "\(name)")
      #expect(XenstoreErrorName(payload: Array((name + "\0").utf8)).errno == error.errnum)
    }
    #expect(XenstoreErrorName(payload: Array("EQUOTA".utf8)).errno == EDQUOT)
    #expect(XenstoreErrorName(payload: Array("EDOM".utf8)).errno == EDOM)
    #expect(XenstoreErrorName(payload: Array("EWHATEVER".utf8)).errno == EIO)
  }
}
