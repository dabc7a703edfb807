// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XenstoreWire

@testable import XenToolstack

@Suite struct XenstoreConnections {
  private static let three: [XenstoreRequest] = [.read("/a"), .write("/b", "1"), .remove("/c")]

  @Test(arguments: [false, true])
  func requestsGoOutTogetherAndAnswersComeInPieces(singly: Bool) throws {
    let answers = try FakeXenstored.playing { peer in
      // All of them are here before the first is answered.
      let requests = peer.next(3)
      peer.answer(requests, "x", singly: singly)
    } against: { store throws in
      store.answers(to: Self.three)
    }
    #expect(answers == [.success([120]), .success([120]), .success([120])])
  }

  @Test func whatIsNotThereIsAnAnswerWhereItMakesSense() throws {
    let answers = try FakeXenstored.playing { peer in
      for request in peer.next(3) { peer.refuse(request, "ENOENT") }
    } against: { store throws in
      store.answers(to: Self.three)
    }
    #expect(answers == [.success(nil), .failure(.refused(ENOENT)), .success(nil)])
  }

  @Test(arguments: [
    ("EACCES", EACCES), ("ENOSPC", ENOSPC), ("EQUOTA", EDQUOT), ("EWHATEVER", EIO),
  ])
  func errorsHaveTheirNumbers(name: String, code: Int32) throws {
    try FakeXenstored.playing { peer in
      while let request = peer.next() { peer.refuse(request, name) }
    } against: { store throws in
      #expect(store.answers(to: [.write("/a", "")]) == [.failure(.refused(code))])
      let error = #expect(throws: ToolstackError.self) { try store.write("/a", "") }
      #expect(error?.kind == .other)
      #expect(error?.message.contains("writing /a to xenstore") == true)
    }
  }

  @Test func aRequestThatDoesNotFitIsNotSent() throws {
    let long = String(repeating: "x", count: XenstoreHeader.maximumPayload)
    let answers = try FakeXenstored.playing { peer in
      peer.answer(peer.next(2))
    } against: { store throws in
      store.answers(to: [.remove("/a"), .write("/b", long), .remove("/c")])
    }
    #expect(answers[1] == .failure(.refused(E2BIG)))
    #expect(answers[2] == .success(Array("OK\0".utf8)))
  }

  @Test func moreThanTheSocketHoldsGoesThrough() throws {
    let value = String(repeating: "v", count: 4000)
    let requests = (0..<500).map { XenstoreRequest.write("/\($0)", value) }
    let answers = try FakeXenstored.playing { peer in
      for _ in 0..<500 { peer.answer(peer.next(1), value) }
    } against: { store throws in
      store.answers(to: requests)
    }
    #expect(answers.count == 500)
    #expect(answers.allSatisfy { $0 == .success(Array(value.utf8)) })
  }

  @Test func theKernelGetsOneMessageAtATimeAndAnswersWatchesWithoutANumber() throws {
    // Of this kind of socket a call receives what one call has sent.
    try FakeXenstored.playing(
      { peer in
        for operation in [XenstoreOperation.read, .write, .remove] {
          var bytes = [UInt8](repeating: 0, count: 8192)
          var reader = XenstoreMessageReader()
          let count = read(peer.descriptor, &bytes, bytes.count)
          _ = try? reader.take(bytes[..<16])
          let message = try? reader.take(bytes[16..<count])
          #expect(message?.header.operation == operation)
          if let message { peer.answer([message]) }
        }
        for operation in [XenstoreOperation.watch, .read] {
          var bytes = [UInt8](repeating: 0, count: 8192)
          _ = read(peer.descriptor, &bytes, bytes.count)
          peer.send(FakeXenstored.message(operation, operation == .watch ? 0 : 5, "OK\0"))
        }
      }, kind: SOCK_SEQPACKET, isDevice: true
    ) { store throws in
      #expect(store.answers(to: Self.three).count == 3)
      #expect(try store.watchAndRead("/a") == Array("OK\0".utf8))
      #expect(store.ending == nil)
    }
  }

  @Test func aLongListIsReadInPartsAndAgainWhenItChanges() throws {
    let names = try FakeXenstored.playing { peer in
      for request in peer.next(1) { peer.refuse(request, "E2BIG") }
      for (offset, part) in [
        ("0", "1\0a\0b\0"), ("4", "2\0x\0"), ("0", "2\0a\0"), ("2", "2\0c\0d\0\0"),
      ] {
        let requests = peer.next(1)
        #expect(requests.first?.header.operation == .listPart)
        #expect(requests.first?.strings == ["/list", offset])
        peer.answer(requests, part)
      }
    } against: { store throws in
      try store.children(of: "/list")
    }
    #expect(names == ["a", "c", "d"])
  }

  @Test func anEmptyListAndNoListHaveNoNames() throws {
    try FakeXenstored.playing { peer in
      peer.answer(peer.next(1), "")
      for request in peer.next(1) { peer.refuse(request, "ENOENT") }
    } against: { store throws in
      #expect(try store.children(of: "/a").isEmpty)
      #expect(try store.children(of: "/a").isEmpty)
    }
  }
}
