// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import DNSServing

@Suite struct DNSServerTests {
  static let text = """
    ; A zone with all that is known.
    $ORIGIN example.
    $TTL 1h
    @ IN SOA ns hostmaster ( 2026112801 ; serial
       1d 2h 4w 300 )
      NS ns
      MX 10 mail
      TXT "hello \\"world\\"" second\\032word
    ns A 10.0.0.2
       AAAA fd00::2
    mail 60 IN A 10.0.0.3
    Www CNAME web
    web IN 5 CNAME mail
    out CNAME elsewhere.org.
    gone CNAME nothing
    loop1 CNAME loop2
    loop2 CNAME loop1
    *.wild A 10.0.0.9
    there.wild TXT x
    a.b.c A 10.0.0.4
    sub NS ns.sub
    ns.sub A 10.0.0.5
    _sip._tcp SRV 1 2 5060 mail
    5 PTR mail
    $ORIGIN deep.example.
    x A 10.0.0.6
    big.example. TXT \(String(repeating: "\"" + String(repeating: "x", count: 250) + "\" ", count: 4))
    """

  /// What an answer says: code, whether it is authoritative, the counts of its sections.
  private struct Summary: Equatable {
    let code: UInt8
    let isAuthoritative: Bool
    let isCut: Bool
    let counts: [UInt8]

    init(_ code: UInt8, _ counts: [UInt8], isAuthoritative: Bool = true, isCut: Bool = false) {
      (self.code, self.counts, self.isAuthoritative, self.isCut) = (
        code, counts, isAuthoritative, isCut
      )
    }

    init(_ answer: [UInt8]) {
      self.init(
        answer[3] & 15, [answer[7], answer[9], answer[11]], isAuthoritative: answer[2] & 4 != 0,
        isCut: answer[2] & 2 != 0)
    }
  }

  private struct Question {
    let name: String
    let kind: UInt16
    let summary: Summary

    init(_ name: String, _ kind: UInt16, _ summary: Summary) {
      (self.name, self.kind, self.summary) = (name, kind, summary)
    }
  }

  private static func server() throws -> DNSServer { DNSServer(try Zone(Array(text.utf8))) }

  private static func name(_ text: String) -> [UInt8] {
    text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
  }

  private static func query(_ text: String, _ kind: UInt16, size: UInt16? = nil) -> [UInt8] {
    var bytes: [UInt8] = [0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, size == nil ? 0 : 1]
    bytes += name(text)
    bytes += [UInt8(kind >> 8), UInt8(kind & 255), 0, 1]
    if let size { bytes += [0, 0, 41, UInt8(size >> 8), UInt8(size & 255), 0, 0, 0, 0, 0, 0] }
    return bytes
  }

  private static let questions: [Question] = [
    Question("ns.example", 1, Summary(0, [1, 0, 0])),
    Question("NS.eXaMple", 28, Summary(0, [1, 0, 0])),
    Question("example", 6, Summary(0, [1, 0, 0])), Question("example", 2, Summary(0, [1, 0, 2])),
    Question("example", 15, Summary(0, [1, 0, 1])),
    Question("example", 255, Summary(0, [4, 0, 3])),
    Question("_sip._tcp.example", 33, Summary(0, [1, 0, 1])),
    Question("x.deep.example", 1, Summary(0, [1, 0, 0])),
    // Aliases.
    Question("www.example", 1, Summary(0, [3, 0, 0])),
    Question("www.example", 5, Summary(0, [1, 0, 0])),
    Question("out.example", 1, Summary(0, [1, 0, 0])),
    Question("loop1.example", 1, Summary(0, [2, 0, 0])),
    Question("gone.example", 1, Summary(3, [1, 1, 0])),
    Question("www.example", 16, Summary(0, [2, 1, 0])),
    // Nothing of the kind, and nothing at all.
    Question("mail.example", 16, Summary(0, [0, 1, 0])),
    Question("c.example", 1, Summary(0, [0, 1, 0])),
    Question("no.example", 1, Summary(3, [0, 1, 0])),
    Question("x.mail.example", 1, Summary(3, [0, 1, 0])),
    // Wildcards.
    Question("a.wild.example", 1, Summary(0, [1, 0, 0])),
    Question("b.a.wild.example", 1, Summary(0, [1, 0, 0])),
    Question("a.wild.example", 16, Summary(0, [0, 1, 0])),
    Question("there.wild.example", 1, Summary(0, [0, 1, 0])),
    Question("x.there.wild.example", 1, Summary(3, [0, 1, 0])),
    // Delegations and other zones.
    Question("sub.example", 2, Summary(0, [0, 1, 1], isAuthoritative: false)),
    Question("a.b.sub.example", 1, Summary(0, [0, 1, 1], isAuthoritative: false)),
    Question("ns.sub.example", 1, Summary(0, [0, 1, 1], isAuthoritative: false)),
    Question("sub.example", 43, Summary(0, [0, 1, 0])),
    Question("example.org", 1, Summary(5, [0, 0, 0], isAuthoritative: false)),
    Question("", 2, Summary(5, [0, 0, 0], isAuthoritative: false)),
    Question("xexample", 1, Summary(5, [0, 0, 0], isAuthoritative: false)),
    // Too large.
    Question("big.example", 16, Summary(0, [0, 0, 0], isCut: true)),
  ]

  @Test(arguments: questions) private func isAnswered(_ question: Question) throws {
    let (name, kind, summary) = (question.name, question.kind, question.summary)
    let answer = try #require(try Self.server().answer(Self.query(name, kind), isStream: false))
    #expect(Summary(answer) == summary)
    #expect(answer.count <= 512)
    #expect(
      Array(answer[12...].prefix(Self.name(name).count)) == Self.name(name), "the case is kept")
  }

  @Test func sizesAreThoseThatTheClientTakes() throws {
    let server = try Self.server()
    func size(_ query: [UInt8], isStream: Bool = false) throws -> (Int, Summary) {
      let answer = try #require(server.answer(query, isStream: isStream))
      return (answer.count, Summary(answer))
    }
    #expect(try size(Self.query("big.example", 16), isStream: true).1 == Summary(0, [1, 0, 0]))
    #expect(try size(Self.query("big.example", 16, size: 1232)).1 == Summary(0, [1, 0, 1]))
    #expect(
      try size(Self.query("big.example", 16, size: 100)).1 == Summary(0, [0, 0, 1], isCut: true))
    #expect(try size(Self.query("big.example", 16, size: 1000)).1.isCut)
  }

  /// A whole message, byte by byte.
  @Test func namesArePointedTo() throws {
    let answer = try #require(try Self.server().answer(Self.query("example", 15), isStream: false))
    #expect(
      answer == [
        // flags: QR AA RD; one question, one answer, one more
        0xAB, 0xCD, 0x85, 0, 0, 1, 0, 1, 0, 0, 0, 1,
        7, 101, 120, 97, 109, 112, 108, 101, 0, 0, 15, 0, 1,  // example. MX IN
        0xC0, 12, 0, 15, 0, 1, 0, 0, 0x0E, 0x10, 0, 9, 0, 10,  // example. MX IN 3600, 9 bytes: 10
        4, 109, 97, 105, 108, 0xC0, 12,  // mail.example.
        // mail.example. A IN 60, 4 bytes: 10.0.0.3
        0xC0, 39, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 3,
      ])
  }

  @Test func otherMessagesAreRefusedOrNotAnswered() throws {
    let server = try Self.server()
    let good = Self.query("ns.example", 1, size: 1232)
    func code(_ change: (inout [UInt8]) -> Void) throws -> UInt8? {
      var bytes = good
      change(&bytes)
      return server.answer(bytes, isStream: false).map { $0[3] & 15 }
    }
    #expect(try code { $0[2] |= 0x80 } == nil, "an answer")
    #expect(try code { $0 = Array($0[..<11]) } == nil)
    #expect(try code { $0[2] = 0x28 } == 4, "an update")
    #expect(try code { $0[5] = 2 } == 1)
    #expect(try code { $0[12] = 0xC0 } == 1, "a pointer in a question")
    #expect(try code { $0[12] = 0x40 } == 1)
    #expect(try code { $0.append(0) } == 1)
    #expect(try code { $0[27] = 3 } == 5, "the class of Chaos")
    let version = try #require(server.answer(good.dropLast(5) + [1, 0, 0, 0, 0], isStream: false))
    #expect(
      version[3] & 15 == 0 && version[version.count - 6] == 1,
      "BADVERS, in the option's part of the code")
  }

  @Test(arguments: 0..<20) func everyCutAndChangeIsSurvived(seed: UInt64) throws {
    let server = try Self.server()
    let good = Self.query("www.example", 1, size: 4096)
    for count in 0..<good.count {
      let answer = server.answer(Array(good[..<count]), isStream: false)
      #expect(count < 12 ? answer == nil : answer?[3] == 1)
    }
    var state = seed
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for _ in 0..<300 {
      var bytes = good
      for _ in 0..<1 + random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
      if let answer = server.answer(bytes, isStream: false) { #expect(answer.count <= 1232) }
      let noise = (0..<random(100)).map { _ in UInt8(random(256)) }
      _ = server.answer(noise, isStream: true)
    }
  }
}
