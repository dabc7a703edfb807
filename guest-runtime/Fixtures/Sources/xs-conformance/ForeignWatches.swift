// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// WA: changes that the second party makes.
extension Case {
  static var foreignWatches: [Case] {
    [
      Case(
        "WA-23", .declared, .text, "whether it fires when a node becomes unreadable, and after that"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        let path = try peer.node("x", "1", "n0 r\(bench.domain)")
        try bench.watchQuietly(path, "t")
        try peer.does("chmod \(path) n0")
        let first = try bench.events().isEmpty
        try peer.does("write \(path) 2")
        let second = try bench.events().isEmpty
        return .measured(
          "\(first ? "no event" : "event") then, \(second ? "no event" : "event") after")
      },
      Case(
        "WA-34", .mandatory, .text, "after 25 changes while it slept, a guest reads the last value"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        let path = try peer.node("x", "0", "n0 r\(bench.domain)")
        try bench.watchQuietly(path, "t")
        try peer.begin("repeat \(path) 25")
        bench.connection.sleep(1000)
        _ = try peer.finish()
        try bench.read(path).equals("25")
        let count = try bench.events().count
        try require(count > 0, "there was no event")
        return .pass
      },
      Case(
        "WA-37", .mandatory, .text,
        "a watch of a node below another's private one is told nothing of its changes"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        _ = try peer.node("private", "", "n0")
        let path = try peer.node("private/x", "1", "n0")
        let reply = try bench.watch(path, "t")
        if reply.error != nil { return .measured(reply.word) }
        _ = try bench.events()
        try peer.does("write \(path) 2")
        let events = try bench.events()
        try require(events.isEmpty, "\(events.count) events for a node that cannot be read")
        return .pass
      },
      Case(
        "WA-40", .declared, .text,
        "whether a change of an unreadable node fires where its parent can be read"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        _ = try peer.node("open", "", "n0 r\(bench.domain)")
        let path = try peer.node("open/x", "1", "n0")
        let reply = try bench.watch(path, "t")
        if reply.error != nil { return .measured(reply.word) }
        _ = try bench.events()
        try peer.does("write \(path) 2")
        return .measured(try bench.events().isEmpty ? "no event" : "event")
      },
      Case("WA-39", .mandatory, .text, "a change by the control domain fires the guest's watch") {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        try bench.watchQuietly(bench.at("x"), "t")
        try peer.does("write \(bench.absolute(bench.at("x"))) theirs")
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
    ]
  }
}
