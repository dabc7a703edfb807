// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// TX: transactions, and others that write meanwhile.
extension Case {
  static var conflicts: [Case] {
    [
      Case(
        "TX-05", .mandatory, .text,
        "a transaction whose node was changed after it read it gets EAGAIN"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a"), "1").ok()
        let id = try bench.begin()
        try bench.read(bench.at("a"), in: id).equals("1")
        try bench.write(bench.at("a"), "2").ok()
        try bench.write(bench.at("b"), "1", in: id).ok()
        try bench.end(id).refused("EAGAIN")
        try bench.read(bench.at("b")).refused("ENOENT")
        return .pass
      },
      Case(
        "TX-06", .declared, .text,
        "what becomes of a node written in a transaction and outside of it"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a"), "0").ok()
        let id = try bench.begin()
        try bench.write(bench.at("a"), "inside", in: id).ok()
        try bench.write(bench.at("a"), "outside").ok()
        let word = try bench.end(id).word
        return .measured("\(word), value \(try bench.read(bench.at("a")).value())")
      },
      Case("TX-07", .declared, .text, "whether a write elsewhere keeps a transaction from its end")
      {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("other/x"), "1").ok()
        try bench.write(bench.at("mine/x"), "1").ok()
        let id = try bench.begin()
        try bench.write(bench.at("mine/x"), "2", in: id).ok()
        try bench.write(bench.at("other/x"), "2").ok()
        return .measured(try bench.end(id).word)
      },
      Case(
        "TX-08", .declared, .daemons,
        "what becomes of a transaction that only read a node that was changed"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a"), "1").ok()
        let id = try bench.begin()
        try bench.read(bench.at("a"), in: id).equals("1")
        try bench.write(bench.at("a"), "2").ok()
        return .measured(try bench.end(id).word)
      },
      Case(
        "TX-17", .shared, .text,
        "five transactions on different nodes, ended from the last to the first, get OK or EAGAIN, and do what they say"
      ) { (bench: Bench) throws(CaseEnd) in
        for number in 0..<5 { try bench.write(bench.at("d\(number)/x"), "old").ok() }
        var open: [UInt32] = []
        for number in 0..<5 {
          let id = try bench.begin()
          try bench.write(bench.at("d\(number)/x"), "new", in: id).ok()
          open.append(id)
        }
        var committed = 0
        for number in (0..<5).reversed() {
          let reply = try bench.end(open[number])
          if reply.error != nil { try reply.refused("EAGAIN") } else { committed += 1 }
          try bench.read(bench.at("d\(number)/x")).equals(reply.error == nil ? "new" : "old")
        }
        return .measured("\(committed) of 5")
      },
      Case(
        "TX-20", .mandatory, .daemons,
        "a transaction that goes over the quota of nodes changes nothing"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        let (done, error) = try fill(bench, in: id)
        if let error {
          try bench.end(id, commit: false).ok()
          try bench.list(bench.folder).equals("")
          return .measured("\(error) at the request")
        }
        let reply = try bench.end(id)
        guard reply.error != nil else { return .measured("\(done) nodes and more") }
        try bench.list(bench.folder).equals("")
        return .measured("\(reply.word) at the end")
      },
      Case("TX-25", .mandatory, .text, "a transaction that got EAGAIN is gone") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a"), "1").ok()
        let id = try bench.begin()
        try bench.read(bench.at("a"), in: id).equals("1")
        try bench.write(bench.at("a"), "2").ok()
        try bench.write(bench.at("b"), "1", in: id).ok()
        try bench.end(id).refused("EAGAIN")
        try bench.ask(.end, "T\0", in: id).refused()
        return .pass
      },
      Case(
        "TX-15", .mandatory, .text, "the number of another connection's transaction gets an error"
      ) {
        (bench: Bench) throws(CaseEnd) in
        // The numbers go up by one for each client, or for all: those around the own one are others'.
        let own = try bench.begin()
        for other in [own &- 1, own &+ 1, own &+ 2] where other != 0 {
          try bench.read("name", in: other).refused()
          try bench.ask(.end, "T\0", in: other).refused()
        }
        try bench.end(own).ok()
        return .pass
      },
      Case(
        "TX-26", .declared, .daemons,
        "whether a transaction that is tried again gets through while another writes"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        try bench.write(bench.at("count"), "0").ok()
        try peer.begin("repeat \(bench.absolute(bench.at("count"))) 20")
        var tries = 0
        let end = bench.connection.now + 4000
        var hasCommitted = false
        while bench.connection.now < end, !hasCommitted {
          let id = try bench.begin()
          _ = try bench.read(bench.at("count"), in: id).value()
          try bench.write(bench.at("mine"), "\(tries)", in: id).ok()
          hasCommitted = try bench.end(id).error == nil
          tries += 1
        }
        _ = try peer.finish()
        try require(hasCommitted, "\(tries) tries in 4 s, all in vain")
        return .pass
      },
      Case(
        "TX-27", .hostile, .daemons, "an open transaction does not keep another client from writing"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        try bench.write(bench.at("x"), "1").ok()
        let id = try bench.begin()
        _ = try bench.read(bench.at("x"), in: id).value()
        try bench.write(bench.at("x"), "2", in: id).ok()
        try peer.does("write \(bench.absolute(bench.at("x"))) theirs")
        try bench.read(bench.at("x")).equals("theirs")
        try bench.end(id).refused("EAGAIN")
        return .pass
      },
    ]
  }
}
