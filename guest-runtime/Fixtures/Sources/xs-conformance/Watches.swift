// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// WA: setting watches, and taking them away.
extension Case {
  static var watches: [Case] {
    [
      Case("WA-01", .mandatory, .text, "a new watch fires once, with its own path and token") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.watch(bench.at("x"), "token").ok()
        try bench.expectEvent(bench.at("x"), "token")
        return .pass
      },
      Case("WA-02", .mandatory, .text, "a path that there is not can be watched") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.at("missing"), "token")
        try bench.write(bench.at("missing"), "1").ok()
        try bench.expectEvent(bench.at("missing"), "token")
        return .pass
      },
      Case("WA-03", .declared, .text, "whether a path that cannot be read can be watched") {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.watch("/local/domain/0/cts", "token")
        let count = try bench.events().count
        return .measured("\(reply.word), \(count) events")
      },
      Case("WA-04", .mandatory, .text, "an event has req_id 0 and tx_id 0") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watch(bench.folder, "token").ok()
        guard let event = try bench.connection.event(within: 5000) else {
          throw .failed("no event came in 5 s")
        }
        try require(
          event.request == 0 && event.transaction == 0,
          "req_id is \(event.request), tx_id is \(event.transaction)")
        return .pass
      },
      Case("WA-05", .declared, .text, "whether the answer to WATCH or its first event comes first")
      {
        (bench: Bench) throws(CaseEnd) in
        let number = bench.connection.number()
        try bench.connection.send(Kind.watch.rawValue, bytes("\(bench.folder)\0token\0"), number)
        guard try bench.connection.receive(within: Connection.patience) != nil else {
          throw .silent("no answer to WATCH")
        }
        // What is before the answer has been kept.
        let isAfter = bench.connection.events.isEmpty
        try bench.expectEvent(bench.folder, "token")
        return .measured(isAfter ? "answer" : "event")
      },
      Case("WA-12", .shared, .daemons, "a second watch with the same path and token gets EEXIST") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watch(bench.folder, "token").ok()
        try bench.watch(bench.folder, "token").refused("EEXIST")
        return .pass
      },
      Case("WA-13", .mandatory, .text, "two watches of one path with different tokens both fire") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "one")
        try bench.watchQuietly(bench.folder, "two")
        try bench.write(bench.at("x"), "1").ok()
        let seen = try bench.events(for: 500)
        for token: GuestText in ["one", "two"] {
          try require(
            seen.contains { $0.token == token.bytes && $0.path == bench.at("x").bytes },
            "the watch \(token) did not fire")
        }
        return .pass
      },
      Case(
        "WA-14", .declared, .daemons,
        "whether a relative watch and an absolute one of the same node, with one token, are the same"
      ) { (bench: Bench) throws(CaseEnd) in
        try bench.watch(bench.folder, "token").ok()
        return .measured(try bench.watch(bench.absolute(bench.folder), "token").word)
      },
      Case("WA-15", .shared, .daemons, "UNWATCH of a watch that there is not gets ENOENT") {
        (bench: Bench) throws(CaseEnd) in
        try bench.unwatch(bench.folder, "token").refused("ENOENT")
        try bench.watch(bench.folder, "token").ok()
        try bench.unwatch(bench.folder, "other").refused("ENOENT")
        return .pass
      },
      Case(
        "WA-16", .mandatory, .text,
        "of two watches of one path, either can be taken away, and the other goes on"
      ) {
        (bench: Bench) throws(CaseEnd) in
        for (gone, kept) in [("one" as GuestText, "two" as GuestText), ("two", "one")] {
          try bench.watchQuietly(bench.folder, "one")
          try bench.watchQuietly(bench.folder, "two")
          try bench.unwatch(bench.folder, gone).ok()
          try bench.write(bench.at("x"), gone).ok()
          try bench.expectEvent(bench.at("x"), kept)
          try require(
            !(try bench.events()).contains { $0.token == gone.bytes },
            "the watch \(gone) fired after its end")
          try bench.unwatch(bench.folder, kept).ok()
        }
        return .pass
      },
      Case(
        "WA-17", .declared, .daemons, "whether UNWATCH takes the relative path of an absolute watch"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.watch(bench.absolute(bench.folder), "token").ok()
        return .measured(try bench.unwatch(bench.folder, "token").word)
      },
      Case(
        "WA-25", .mandatory, .text,
        "tokens come back as they were: none, 1000 bytes, bytes above 0x7f"
      ) {
        (bench: Bench) throws(CaseEnd) in
        for token: GuestText in [
          "", "\([UInt8]("token", count: 1000))", "\([0x80, 0xfe, 0xff] as [UInt8])",
        ] {
          try bench.watchQuietly(bench.folder, token)
          try bench.unwatch(bench.folder, token).ok()
        }
        return .pass
      },
      Case("WA-27", .declared, .daemons, "how many watches can be set, and the error of the next") {
        (bench: Bench) throws(CaseEnd) in
        for number in 0..<1000 {
          let reply = try bench.watch(bench.folder, "\(number)")
          // Events take room until somebody looks.
          bench.connection.events = []
          guard reply.error != nil else { continue }
          try bench.unwatch(bench.folder, "0").ok()
          try bench.watch(bench.folder, "again").ok()
          return .measured("\(number), then \(reply.word)")
        }
        return .measured("1000 and more")
      },
      Case(
        "WA-28", .mandatory, .text,
        "RESET_WATCHES takes all watches away, which can then be set again"
      ) {
        (bench: Bench) throws(CaseEnd) in
        for number in 0..<5 { try bench.watchQuietly(bench.folder, "\(number)") }
        try bench.reset().ok()
        bench.connection.events = []
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectNoEvent("after RESET_WATCHES")
        try bench.watchQuietly(bench.folder, "0")
        return .pass
      },
      Case("WA-29", .mandatory, .text, "@releaseDomain can be watched, and fires once for a guest")
      {
        (bench: Bench) throws(CaseEnd) in
        try special("@releaseDomain", bench)
      },
      Case(
        "WA-30", .mandatory, .text, "@introduceDomain can be watched, and fires once for a guest"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try special("@introduceDomain", bench)
      },
      Case("WA-31", .declared, .text, "whether a special path that there is not can be watched") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.watch("@nonsense", "token").word)
      },
      Case("WA-38", .shared, .daemons, "WATCH without a token gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        try bench.ask(.watch, "\(bench.folder)\0").refused("EINVAL")
        return .pass
      },
    ]
  }

  private static func special(_ path: GuestText, _ bench: Bench) throws(CaseEnd) -> CaseLog.Result {
    let reply = try bench.watch(path, "token")
    if reply.isError("EACCES") { return .measured("EACCES") }
    try reply.ok()
    try bench.expectEvent(path, "token")
    return .pass
  }
}
