// SPDX-License-Identifier: Apache-2.0

import Testing
import XenABI
import XenFrontends
import XenRings
import XenstoreWire

@Suite struct SingleXenstoreWrites {
  let xen = FakeXen()

  @Test func writesAsTheProtocolSays() throws {
    let request = Recorder()
    xen.peer = { xen in
      request.bytes += xen.requests()
      xen.reply(operation: 11, id: .max, payload: "OK\0")
      return true
    }
    try write("42", to: "data/exit-status")
    #expect(
      request.bytes == [11, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 19, 0, 0, 0]
        + Array("data/exit-status\u{0}42".utf8))
  }

  @Test func skipsWatchEventsAndForeignReplies() throws {
    xen.peer = { xen in
      xen.reply(operation: 15, id: 0, payload: "control/shutdown\0token\0")
      xen.reply(operation: 11, id: 99, payload: "OK\0")
      xen.reply(operation: 11, id: .max, payload: "OK\0")
      return true
    }
    try write("0", to: "data/exit-status")
  }

  @Test func aReplyMayComeInOneByteSteps() throws {
    var reply = Array(XenstoreReply(operation: 11, id: .max, payload: "OK\0").bytes.reversed())
    xen.peer = { xen in
      if let byte = reply.popLast() { xen.respond([byte]) }
      return true
    }
    try write("0", to: "data/exit-status")
    #expect(reply.isEmpty)
  }

  @Test func aRequestLongerThanTheRingIsStreamed() throws {
    let value = String(repeating: "v", count: 3000)
    let request = Recorder()
    xen.peer = { xen in
      request.bytes += xen.requests()
      if request.bytes.count == 16 + 5 + 3000 {
        xen.reply(operation: 11, id: .max, payload: "OK\0")
      }
      return true
    }
    try write(value, to: "data")
    #expect(request.bytes.suffix(3000) == ArraySlice(value.utf8))
  }

  @Test func aPeerThatTricklesHoldsUsNoLongerThanASilentOne() {
    // A message for nobody, of which a byte comes at the end of each wait.
    var message = Array(
      XenstoreReply(operation: 11, id: 99, payload: String(repeating: "x", count: 500)).bytes
        .reversed())
    xen.peer = { xen in
      if message.count > 500 { xen.respond(message.suffix(from: 500).reversed()) }
      message.removeLast(max(message.count - 500, 0))
      if let byte = message.popLast() { xen.respond([byte]) }
      return false
    }
    let start = xen.now().rawValue
    #expect(throws: XenstoreError.timedOut) { try write("0", to: "data/x") }
    #expect(xen.now().rawValue - start <= 2_000_000_000)
  }

  @Test func refusalSilenceAndNonsenseAreErrors() {
    #expect(throws: XenstoreError.timedOut) { try write("0", to: "data/x") }
    xen.peer = { xen in
      xen.reply(operation: 16, id: .max, payload: "EACCES\0")
      return true
    }
    #expect(throws: XenstoreError.refused(nil)) { try write("0", to: "data/x") }
    xen.peer = { xen in
      xen.respond([16, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 1, 16, 0, 0])
      return true
    }
    #expect(throws: XenstoreError.wire(.oversizePayload(4097))) { try write("0", to: "data/x") }
    xen[index: XenstorePageLayout.responsesProduced] &+= 5000
    #expect(throws: XenstoreError.self) { try write("0", to: "data/x") }
  }

  private func write(_ value: String, to path: StaticString) throws {
    var single = SingleXenstoreWrite(page: xen.page, port: xen.port, calls: xen)
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: value.utf8.count, alignment: 1)
    defer { bytes.deallocate() }
    bytes.copyBytes(from: value.utf8)
    try single.begin(UnsafeRawBufferPointer(bytes), to: path)
    try single.finish()
  }
}

/// Bytes collected by a peer.
private final class Recorder {
  var bytes: [UInt8] = []
}

/// A message as xenstored sends it.
private struct XenstoreReply {
  let bytes: [UInt8]

  init(operation: UInt32, id: UInt32, payload: String) {
    let header = XenstoreHeader(
      operation: XenstoreOperation(rawValue: operation), requestID: id,
      payloadSize: UInt32(payload.utf8.count))
    bytes = (0..<16).map { header.encoded[$0] } + Array(payload.utf8)
  }
}

extension FakeXen {
  /// As xenstored: what the guest has sent since the last look.
  fileprivate func requests() -> [UInt8] {
    take(
      XenstorePageLayout.requests, produced: XenstorePageLayout.requestsProduced,
      consumed: XenstorePageLayout.requestsConsumed)
  }

  /// As xenstored: sends a message.
  fileprivate func reply(operation: UInt32, id: UInt32, payload: String) {
    respond(XenstoreReply(operation: operation, id: id, payload: payload).bytes)
  }

  fileprivate func respond(_ bytes: [UInt8]) {
    put(bytes, XenstorePageLayout.responses, produced: XenstorePageLayout.responsesProduced)
  }
}
