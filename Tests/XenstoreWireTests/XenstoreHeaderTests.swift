// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenstoreWire

@Suite struct XenstoreHeaders {
  @Test func encodesAsTheProtocolSays() {
    let header = XenstoreHeader(
      operation: .write, requestID: 0x0102_0304, transactionID: 5, payloadSize: 0x1000)
    let bytes = (0..<16).map { header.encoded[$0] }
    #expect(
      bytes == [
        11, 0, 0, 0,  // type
        4, 3, 2, 1,  // req_id
        5, 0, 0, 0,  // tx_id
        0, 16, 0, 0,  // len
      ])
    #expect(XenstoreHeader.size == MemoryLayout<xsd_sockmsg>.size)
  }

  @Test func decodesWhatItEncodes() throws {
    let header = XenstoreHeader(
      operation: .error, requestID: .max, transactionID: 0x8000_0001, payloadSize: 4096)
    #expect(try XenstoreHeader(decoding: header.encoded) == header)
  }

  @Test(arguments: [UInt32(4097), 0x8000_0000, .max])
  func rejectsAPayloadOverTheLimit(size: UInt32) {
    let header = XenstoreHeader(operation: .write, requestID: 1, payloadSize: size)
    #expect(throws: WireError.oversizePayload(size)) {
      try XenstoreHeader(decoding: header.encoded)
    }
  }

  @Test(arguments: [
    (XenstoreOperation.list, XS_DIRECTORY), (.read, XS_READ), (.permissions, XS_GET_PERMS),
    (.watch, XS_WATCH), (.unwatch, XS_UNWATCH), (.startTransaction, XS_TRANSACTION_START),
    (.endTransaction, XS_TRANSACTION_END), (.introduce, XS_INTRODUCE), (.write, XS_WRITE),
    (.make, XS_MKDIR), (.remove, XS_RM), (.setPermissions, XS_SET_PERMS),
    (.watchEvent, XS_WATCH_EVENT), (.error, XS_ERROR), (.reset, XS_RESET_WATCHES),
    (.listPart, XS_DIRECTORY_PART),
  ])
  func operationsAreXens(ours: XenstoreOperation, xens: xsd_sockmsg_type) {
    #expect(ours.rawValue == xens.rawValue)
  }

  @Test func theLimitOfAPayloadIsXens() {
    #expect(XenstoreHeader.maximumPayload == Int(XENSTORE_PAYLOAD_MAX))
  }
}
