// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// FR: the bytes in the rings.
extension Case {
  static var ring: [Case] {
    [
      Case("FR-05", .mandatory, .ring, "a header that comes byte by byte is one request") {
        (bench: Bench) throws(CaseEnd) in
        try trickle(bench, 0..<16)
        return .pass
      },
      Case("FR-06", .mandatory, .ring, "a payload that comes byte by byte is one request") {
        (bench: Bench) throws(CaseEnd) in
        try trickle(bench, 16..<21)
        return .pass
      },
      Case(
        "FR-07", .mandatory, .ring,
        "a request that goes over the ring's end at each of 16 places is read right"
      ) { (bench: Bench) throws(CaseEnd) in
        let own = try bench.read("name").value()
        for place in UInt32(1)...16 {
          // A request that ends just so far before the end of the ring, and the one that matters after it.
          let produced = bench.word(XenstorePageLayout.requestsProduced) & 1023
          var room = 1024 - place - produced & 1023
          if room < 17 + 22 { room += 1024 }
          try fill(bench, Int(room))
          let at = bench.word(XenstorePageLayout.requestsProduced) & 1023
          try require(at == 1024 - place, "the ring is at \(at), not at \(1024 - place)")
          try bench.read("name").equals(own)
        }
        return .pass
      },
      Case(
        "FR-08", .mandatory, .ring,
        "a value of 1900 bytes comes through to a reader that takes 64 bytes at a time"
      ) { (bench: Bench) throws(CaseEnd) in
        let value = [UInt8]("The quick brown fox ", count: 1900)
        try bench.ask(.write, bench.at("x\0").bytes + value).ok()
        let number = bench.connection.number()
        try bench.connection.send(Kind.read.rawValue, bench.at("x\0").bytes, number)
        guard let frame = try bench.connection.receive(within: Connection.patience, piece: 64)
        else {
          throw .silent("the answer did not come as a whole")
        }
        try Reply(frame, to: .read, bench.at("x").bytes).equals(value)
        return .pass
      },
      Case("FR-09", .mandatory, .ring, "64 KiB go each way, and the indices only grow") {
        (bench: Bench) throws(CaseEnd) in
        let value = [UInt8]("0123456789abcdef", count: 1800)
        let path = bench.at("x\0").bytes
        let before = bench.word(XenstorePageLayout.responsesProduced)
        let end = bench.connection.now + 10_000
        var rounds = 0
        while rounds < 36, bench.connection.now < end {
          try bench.ask(.write, path + value).ok()
          try bench.ask(.read, path).equals(value)
          rounds += 1
        }
        let moved = bench.word(XenstorePageLayout.responsesProduced) &- before
        let least = UInt32(rounds) * (16 + 3 + 16 + 1800)
        try require(moved >= least, "rsp_prod went on by \(moved), not by \(least)")
        return rounds == 36
          ? .pass : .skip("only \(rounds) of 36 rounds in 10 s: too slow to say")
      },
      Case("FR-21", .mandatory, .ring, "100 events without data change nothing") {
        (bench: Bench) throws(CaseEnd) in
        let before = bench.word(XenstorePageLayout.responsesProduced)
        for _ in 0..<100 { bench.connection.door.page.notify() }
        bench.connection.sleep(50)
        try require(
          bench.word(XenstorePageLayout.responsesProduced) == before,
          "something was sent that nobody asked for")
        _ = try bench.read("name").value()
        return .pass
      },
      Case(
        "FR-23", .declared, .daemons,
        "with a reader that sleeps, how many requests are taken until the ring stays full, and that no answer is lost"
      ) { (bench: Bench) throws(CaseEnd) in
        let taken = try stall(bench)
        // How many more is a matter of who is faster.
        return .measured(taken < 200 ? "fewer than 200 requests" : "200 requests and more")
      },
      Case("FR-26", .mandatory, .ring, "feature bits are never taken back") {
        (bench: Bench) throws(CaseEnd) in
        let before = bench.word(XenstorePageLayout.serverFeatures)
        for _ in 0..<10 { _ = try bench.read("name").value() }
        let after = bench.word(XenstorePageLayout.serverFeatures)
        try require(after & before == before, "the word was \(before), and is \(after)")
        return .measured("features \(after)")
      },
      Case("FR-27", .shared, .ring, "a feature word that the guest changed changes nothing") {
        (bench: Bench) throws(CaseEnd) in
        let before = bench.word(XenstorePageLayout.serverFeatures)
        bench.connection.door.page[word: XenstorePageLayout.serverFeatures] = ~before
        defer { bench.connection.door.page[word: XenstorePageLayout.serverFeatures] = before }
        _ = try bench.read("name").value()
        try require(bench.word(XenstorePageLayout.error) == 0, "the connection was given up")
        return .pass
      },
      Case("FR-28", .mandatory, .ring, "nothing is lost while the guest looks at no event for 1 s")
      {
        (bench: Bench) throws(CaseEnd) in
        let numbers = (0..<10).map { (_: Int) -> UInt32 in bench.connection.number() }
        for number in numbers {
          try bench.connection.send(Kind.read.rawValue, bytes("name\0"), number)
        }
        bench.connection.sleep(1000)
        for number in numbers { _ = try bench.connection.answer(to: number, .read).value() }
        return .pass
      },
    ]
  }

  /// Sends a request, some of whose bytes come one at a time.
  private static func trickle(_ bench: Bench, _ slow: Range<Int>) throws(CaseEnd) {
    let number = bench.connection.number()
    let frame = XenstoreDoor.Frame(
      type: Kind.read.rawValue, request: number, payload: bytes("name\0"))
    let whole = frame.bytes()
    if slow.lowerBound > 0 { try bench.connection.send(Array(whole[..<slow.lowerBound])) }
    for position in slow { try bench.connection.send([whole[position]]) }
    if slow.upperBound < whole.count {
      try bench.connection.send(Array(whole[slow.upperBound...]))
    }
    _ = try bench.connection.answer(to: number, .read).value()
    if let frame = try bench.connection.receive(within: 50) {
      throw .failed("a second answer came, of type \(frame.type)")
    }
  }

  /// Sends a request of exactly so many bytes, and takes its answer: a path that there is not.
  private static func fill(_ bench: Bench, _ count: Int) throws(CaseEnd) {
    var payload = [UInt8]("a", count: count - 16 - 1)
    payload.append(0)
    try bench.ask(.read, payload).refused()
  }

  /// Sends requests without reading until none is taken any more, then reads all answers.
  static func stall(_ bench: Bench, while body: () throws(CaseEnd) -> Void = {}) throws(CaseEnd)
    -> Int
  {
    let request = XenstoreDoor.Frame(type: Kind.read.rawValue, request: 1, payload: bytes("name\0"))
    var sent = 0
    var rest: ArraySlice<UInt8> = []
    while sent < 3000 {
      rest = request.bytes()[...]
      let end = bench.connection.now + 300
      while !rest.isEmpty, bench.connection.now < end {
        rest = rest.dropFirst(bench.connection.door.offer(rest))
        if !rest.isEmpty { bench.connection.sleep(5) }
      }
      if !rest.isEmpty { break }
      sent += 1
    }
    try body()
    // The one that got stuck is complete as soon as there is room.
    let wanted = sent + (rest.isEmpty ? 0 : 1)
    var answers = 0
    while answers < wanted {
      if !rest.isEmpty { rest = rest.dropFirst(bench.connection.door.offer(rest)) }
      guard let frame = try bench.connection.receive(within: Connection.patience) else {
        throw .silent("\(answers) of \(wanted) requests were answered after a pause")
      }
      try require(frame.type == Kind.read.rawValue, "an answer has the type \(frame.type)")
      answers += 1
    }
    return sent
  }
}
