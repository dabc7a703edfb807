// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// PR: what only the control domain may ask; FE: what a daemon offers.
extension Case {
  static var privileges: [Case] {
    [
      Case("PR-01", .mandatory, .text, "INTRODUCE from a guest gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.introduce, "\(bench.domain)\01\01\0").refused("EACCES")
        return .pass
      },
      Case("PR-02", .mandatory, .text, "RELEASE from a guest gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.release, "\(bench.domain)\0").refused("EACCES")
        return .pass
      },
      Case("PR-03", .mandatory, .text, "RESUME from a guest gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.resume, "\(bench.domain)\0").refused("EACCES")
        return .pass
      },
      Case("PR-04", .mandatory, .text, "SET_TARGET from a guest gets EACCES") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.setTarget, "\(bench.domain)\00\0").refused("EACCES")
        return .pass
      },
      Case("PR-05", .declared, .daemons, "what IS_DOMAIN_INTRODUCED says to a guest of itself") {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.ask(.isIntroduced, "\(bench.domain)\0")
        if reply.error != nil { return .measured(reply.word) }
        return .measured("\(try reply.value().filter { $0 != 0 })")
      },
      Case("PR-06", .declared, .daemons, "what CONTROL says to a guest") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.ask(.control, "print\0conformance\0").word)
      },
      Case(
        "PR-07", .mandatory, .text, "GET_FEATURE of a domain and SET_FEATURE get EACCES or ENOSYS"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let first = try bench.ask(.getFeature, "0\0")
        try first.refused("EACCES", or: "ENOSYS")
        try bench.ask(.setFeature, "\(bench.domain)\00\0").refused("EACCES", or: "ENOSYS")
        return .measured(first.word)
      },
      Case("PR-08", .mandatory, .text, "GET_QUOTA and SET_QUOTA get EACCES or ENOSYS") {
        (bench: Bench) throws(CaseEnd) in
        let first = try bench.ask(.getQuota, "\(bench.domain)\0nodes\0")
        try first.refused("EACCES", or: "ENOSYS")
        try bench.ask(.setQuota, "nodes\05000\0").refused("EACCES", or: "ENOSYS")
        return .measured(first.word)
      },
    ]
  }

  static var features: [Case] {
    [
      Case("FE-01", .mandatory, .text, "GET_FEATURE gives the feature word of the page, or ENOSYS")
      {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.ask(.getFeature, "")
        if reply.isError("ENOSYS") { return .measured("ENOSYS") }
        try reply.equals("\(bench.word(XenstorePageLayout.serverFeatures))\0")
        return .pass
      },
      Case("FE-02", .mandatory, .ring, "the error word is 0 on a connection that works") {
        (bench: Bench) throws(CaseEnd) in
        _ = try bench.read("name").value()
        let word = bench.word(XenstorePageLayout.error)
        try require(word == 0, "it is \(word)")
        return .pass
      },
      Case("FE-03", .mandatory, .ring, "the connection word is 0 on a connection that works") {
        (bench: Bench) throws(CaseEnd) in
        _ = try bench.read("name").value()
        let word = bench.word(XenstorePageLayout.connection)
        try require(word == 0, "it is \(word)")
        return .pass
      },
      Case(
        "FE-04", .mandatory, .ring,
        "with feature bit 0, a reconnection clears rings, watches and transactions"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try reconnection(bench)
        try bench.watchQuietly(bench.folder, "t")
        let id = try bench.begin()
        try reconnect(bench)
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectNoEvent("after a reconnection")
        try bench.ask(.end, "T\0", in: id).refused()
        return .pass
      },
      Case(
        "FE-05", .mandatory, .ring,
        "a reconnection in the middle of a request begins with a new one"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try reconnection(bench)
        try bench.connection.send(Array(bytes("half a request")))
        try reconnect(bench)
        _ = try bench.read("name").value()
        return .pass
      },
    ]
  }

  private static func reconnection(_ bench: Bench) throws(CaseEnd) {
    guard bench.word(XenstorePageLayout.serverFeatures) & 1 != 0 else {
      throw .skipped("feature bit 0, reconnection, is not offered")
    }
  }

  private static func reconnect(_ bench: Bench) throws(CaseEnd) {
    let page = bench.connection.door.page
    page[word: XenstorePageLayout.connection] = 1
    page.notify()
    let end = bench.connection.now + 2000
    while page[word: XenstorePageLayout.connection] != 0 {
      guard bench.connection.now < end else {
        throw .silent("the connection word stays 1 for 2 s")
      }
      bench.connection.sleep(2)
    }
    bench.connection.door.dropBuffer()
    bench.connection.events = []
    try require(
      page[word: XenstorePageLayout.requestsProduced]
        == page[word: XenstorePageLayout.requestsConsumed],
      "there are requests in the ring after a reconnection")
  }
}
