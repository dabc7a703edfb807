// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureCatalogue
import Foundation
import Testing

/// The fixtures for daemons do what they are for, and harm nobody else.
@Suite(.lab, .serialized) struct FixtureDaemonTests {
  private let fixtures: FixtureLab

  init() throws { fixtures = try FixtureLab("daemons") }

  @Test func theFloodIsThatOfItsSeed() throws {
    let result = try fixtures.run("console-flood", "bytes=200000 seed=7")
    #expect(result.status == 0, "\(result.errors)")
    var stream = FloodStream(seed: 7)
    var wanted: [UInt8] = []
    for _ in 0..<200_000 { wanted.append(stream.next()) }
    let lines = result.text.split(separator: "\n", maxSplits: 1)
    #expect(Array(lines[1].utf8.prefix(200_000)) == wanted)
    #expect(result.text.contains("\"bytes\":200000,\"dropped\":0"), "\(result.errors)")
  }

  @Test func consolesCarryAllBytes() throws {
    let all = String(String.UnicodeScalarView((0...127).map { Unicode.Scalar($0) }))
    let echo = try fixtures.run("console-echo", input: "abc\n" + "\u{4}")
    #expect(echo.status == 0, "\(echo.errors)")
    #expect(echo.text.contains("abc\n"))
    // printf 'abc\n' | sha256sum
    let sum = "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb"
    #expect(echo.text.contains("\"bytes\":4,\"sha256\":\"\(sum)\""), "\(echo.text)")
    // Half of what should come, then other bytes.
    let wrong = try fixtures.run("console-binary", "within=3000", input: all + all)
    #expect(wrong.status == 1, "\(wrong.errors)")
    #expect(wrong.output.range(of: Data(0...255)) != nil)
    #expect(wrong.text.contains("\"wrong-at\":128"), "\(wrong.text.suffix(200))")
  }

  @Test func whoDoesNotReadPrintsOn() throws {
    let result = try fixtures.run(
      "console-no-reader", input: String(repeating: "x", count: 5000), more: ["--timeout", "12"])
    #expect(result.status == 124)
    #expect(result.text.contains("\"n\":2"), "\(result.text) \(result.errors)")
    try fixtures.expectOthersAreServed("after console-no-reader")
  }

  @Test func hostileOnesHarmNobodyElse() throws {
    let before = try fixtures.daemons()
    let cases = [
      "console-hostile": ["output-ahead", "output-behind", "input-ahead", "all-ones", "storm"],
      "xs-hostile": ["length", "request-ahead", "reply-ahead", "half", "unread", "storm"],
    ]
    for (fixture, names) in cases {
      for name in names {
        let result = try fixtures.run(fixture, "case=\(name) after=300")
        #expect(result.text.contains("\"t\":\"ready\""), "\(fixture) \(name): \(result.errors)")
        #expect([0, 125].contains(result.status), "\(fixture) \(name): \(result.errors)")
        try fixtures.expectOthersAreServed("after \(fixture) \(name)")
      }
    }
    #expect(try fixtures.daemons() == before)
    try fixtures.lab.expectNothingLeft()
  }

  @Test func holdersStopAtTheQuotaAndDom0GoesOn() throws {
    for (fixture, unit) in [
      ("xs-watch-hold", "held"), ("xs-tx-hold", "held"), ("xs-fill", "nodes"),
    ] {
      try fixtures.start(fixture, memory: "32")
      let log = try fixtures.log(fixture)
      let count = try #require(
        log.firstMatch(of: #/"(held|nodes)":(\d+),"refusal":"[^"]*E[A-Z2]+"/#))
      #expect(count.1 == unit && (Int(count.2) ?? 0) >= 8, "\(log)")
      #expect(try fixtures.dom0("xenstore-write /test 1 && xenstore-read /test") == "1\n")
      try fixtures.expectOthersAreServed("beside \(fixture)")
      try fixtures.destroy(fixture)
    }
    // What was there is gone: another gets as many.
    try fixtures.start("xs-fill", "nodes=300", memory: "32")
    try fixtures.destroy("xs-fill")
    let few = try fixtures.run("xs-watch-hold", "n=100000", memory: "32")
    #expect(few.status == 1, "\(few.text)")
  }

  @Test func readersAndWritersOfXenstore() throws {
    try fixtures.start("xs-reader", "path=data/eye")
    try fixtures.dom0("xenstore-write /local/domain/$1/data/eye/x 'a \"b\"'", "xs-reader")
    try fixtures.waitForLine(#""path":"data/eye/x","value":"a \"b\"""#, of: "xs-reader")
    try fixtures.dom0("xenstore-rm /local/domain/$1/data/eye/x", "xs-reader")
    try fixtures.waitForLine(#""path":"data/eye/x","gone":true"#, of: "xs-reader")
    try fixtures.destroy("xs-reader")

    try fixtures.start("xs-write", "path=data/here every=20")
    let read = "xenstore-read /local/domain/$1/data/here"
    try fixtures.lab.wait { (Int(try self.fixtures.dom0(read, "xs-write").dropLast()) ?? 0) > 3 }
    try fixtures.destroy("xs-write")

    let storm = try fixtures.run("xs-storm", "count=60 mix=transaction")
    #expect(storm.status == 0, "\(storm.text)")
    #expect(storm.text.contains("\"requests\":60"))
    let late = try fixtures.run("xs-late")
    #expect(late.text.contains("\"served\":true"), "\(late.text)")
    #expect(late.status == 0)
  }
}
