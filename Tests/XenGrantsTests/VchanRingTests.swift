// SPDX-License-Identifier: Apache-2.0

import Testing
import XenRings

/// The server's side of a vchan, beside a client that may do anything to the page.
@Suite struct VchanRingTests {
  private let client = FakeClient()

  private func server() -> VchanRing { unsafe VchanRing(page: client.page) }

  /// Layout and values as `libxenvchan.h` has them.
  @Test func thePageIsWhatAClientExpects() {
    _ = server()
    #expect(client.indices == [0, 0, 0, 0])
    #expect(client.half(16) == 10 && client.half(18) == 11)
    #expect(client.bytes(20..<24) == [2, 1, 3, 3])
    #expect(client.bytes(24..<4096).allSatisfy { $0 == 0 }, "nothing else is given away")
  }

  @Test func bytesGoBothWaysAndAroundTheEnd() throws {
    var ring = server()
    var sent: [UInt8] = []
    var got: [UInt8] = []
    var echoed: [UInt8] = []
    for round in 0..<400 {
      let piece = (0..<97).map { UInt8(truncatingIfNeeded: round &* 31 &+ $0) }
      client.write(piece)
      sent += piece
      got += try ring.read(atMost: 4096)
      #expect(try ring.write(piece, from: 0) == piece.count)
      echoed += client.read()
    }
    #expect(got == sent && echoed == sent)
  }

  @Test func writingStopsWhenTheRingIsFull() throws {
    var ring = server()
    let much = [UInt8](repeating: 7, count: 5000)
    #expect(try ring.write(much, from: 0) == 2048)
    #expect(try ring.write(much, from: 2048) == 0)
    #expect(client.read().count == 2048)
    #expect(try ring.write(much, from: 4000) == 1000)
  }

  @Test func theClientIsToldOnceForEachWish() {
    let ring = server()
    #expect(ring.mustTell(of: .written), "the first is to be told of")
    #expect(!ring.mustTell(of: .written))
    #expect(ring.mustTell(of: .read))
    client.wish(1)
    #expect(!ring.mustTell(of: .read))
    #expect(ring.mustTell(of: .written) && !ring.mustTell(of: .written))
    client.setByte(22, 0)
    ring.wish(for: .read)
    #expect(client.bytes(22..<23) == [2])
    ring.wish(for: .written)
    #expect(client.bytes(22..<23) == [3])
  }

  @Test func aClientComesAndGoes() {
    let ring = server()
    #expect(ring.peer == .waiting)
    client.setByte(20, 1)
    #expect(ring.peer == .connected)
    client.setByte(20, 0)
    #expect(ring.peer == .gone)
    client.setByte(20, 77)
    #expect(ring.peer == .gone, "what is no state is a client that is not there")
    ring.close()
    #expect(client.bytes(21..<22) == [0])
  }

  /// left.cons, left.prod, right.cons, right.prod, as a client may set them.
  @Test(arguments: [
    (4, UInt32(1025)), (4, 0x8000_0000), (4, .max), (8, 1), (8, 5), (8, 0x7fff_ffff),
  ])
  func impossibleIndicesAreErrors(offset: Int, value: UInt32) throws {
    var ring = server()
    client.setWord(offset, value)
    if offset == 4 {
      #expect(throws: RingError.self) { try ring.read(atMost: 10) }
    } else {
      #expect(throws: RingError.self) { try ring.write([1], from: 0) }
    }
  }

  /// What the client writes over our own indices is never read back.
  @Test func ourIndicesAreOurs() throws {
    var ring = server()
    client.write([1, 2, 3, 4])
    #expect(try ring.read(atMost: 2) == [1, 2])
    client.setWord(0, 4000)
    #expect(try ring.read(atMost: 10) == [3, 4])
    #expect(client.indices[0] == 4)
    client.setWord(12, 9999)
    #expect(try ring.write([5], from: 0) == 1)
    #expect(client.indices[3] == 1)
    // Nor do the orders move the rings.
    client.setHalf(16, 20)
    client.setHalf(18, 0)
    client.write([6])
    #expect(try ring.read(atMost: 10) == [6])
  }

  /// A client that changes bytes while they are read harms nobody: they are copied once.
  @Test func anyBytesOfAClientAreSurvived() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var ring = server()
      for _ in 0..<8 {
        let offset = Int.random(in: 0..<24, using: &generator)
        client.setByte(offset, UInt8.random(in: 0...255, using: &generator))
      }
      let read = try? ring.read(atMost: 4096)
      #expect(read?.count ?? 0 <= 1024)
      let written = try? ring.write([UInt8](repeating: 1, count: 3000), from: 0)
      #expect(written ?? 0 <= 2048)
      _ = ring.peer
      client.clear()
    }
  }
}

/// A client's hands on the page.
private final class FakeClient {
  let page: UnsafeMutableRawPointer
  private var produced: UInt32 = 0
  private var consumed: UInt32 = 0

  init() {
    page = .allocate(byteCount: 4096, alignment: 4096)
    clear()
  }

  deinit { page.deallocate() }

  func clear() {
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    (produced, consumed) = (0, 0)
  }

  var indices: [UInt32] {
    stride(from: 0, to: 16, by: 4).map { page.load(fromByteOffset: $0, as: UInt32.self) }
  }

  func half(_ offset: Int) -> UInt16 { page.load(fromByteOffset: offset, as: UInt16.self) }

  func bytes(_ range: Range<Int>) -> [UInt8] {
    range.map { page.load(fromByteOffset: $0, as: UInt8.self) }
  }

  func setByte(_ offset: Int, _ value: UInt8) {
    page.storeBytes(of: value, toByteOffset: offset, as: UInt8.self)
  }

  func setHalf(_ offset: Int, _ value: UInt16) {
    page.storeBytes(of: value, toByteOffset: offset, as: UInt16.self)
  }

  func setWord(_ offset: Int, _ value: UInt32) {
    page.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }

  func wish(_ bits: UInt8) { setByte(23, bytes(23..<24)[0] | bits) }

  func write(_ bytes: [UInt8]) {
    for byte in bytes {
      setByte(1024 + Int(produced % 1024), byte)
      produced &+= 1
    }
    setWord(4, produced)
  }

  func read() -> [UInt8] {
    let end = page.load(fromByteOffset: 12, as: UInt32.self)
    var result: [UInt8] = []
    while consumed != end {
      result.append(bytes(2048 + Int(consumed % 2048)..<2049 + Int(consumed % 2048))[0])
      consumed &+= 1
    }
    setWord(8, consumed)
    return result
  }
}
