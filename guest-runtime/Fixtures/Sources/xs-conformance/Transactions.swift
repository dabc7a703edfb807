// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// TX: one transaction at a time.
extension Case {
  static var transactions: [Case] {
    [
      Case(
        "TX-01", .mandatory, .text,
        "TRANSACTION_START gives a decimal number that is not 0, and a NUL"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.end(id).ok()
        return .pass
      },
      Case(
        "TX-02", .mandatory, .text, "a write in a transaction is seen after its end, and not before"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.write(bench.at("x"), "1", in: id).ok()
        try bench.read(bench.at("x")).refused("ENOENT")
        try bench.end(id).ok()
        try bench.read(bench.at("x")).equals("1")
        return .pass
      },
      Case("TX-03", .mandatory, .text, "a transaction reads what it wrote") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.write(bench.at("x"), "1", in: id).ok()
        try bench.read(bench.at("x"), in: id).equals("1")
        try bench.end(id).ok()
        return .pass
      },
      Case("TX-04", .mandatory, .text, "a transaction that is given up changes nothing") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "old").ok()
        let id = try bench.begin()
        try bench.write(bench.at("x"), "new", in: id).ok()
        try bench.write(bench.at("y"), "new", in: id).ok()
        try bench.end(id, commit: false).ok()
        try bench.read(bench.at("x")).equals("old")
        try bench.read(bench.at("y")).refused("ENOENT")
        return .pass
      },
      Case("TX-09", .mandatory, .text, "a transaction without requests can be ended") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.end(id).ok()
        return .pass
      },
      Case("TX-10", .mandatory, .text, "TRANSACTION_START in a transaction gets an error") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        return .measured(try bench.ask(.start, "\0", in: id).refused())
      },
      Case(
        "TX-11", .mandatory, .daemons, "a request in a transaction that there is not gets an error"
      ) {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.read("name", in: 0x7fff_fff0).refused())
      },
      Case("TX-12", .shared, .text, "TRANSACTION_END without a transaction gets an error") {
        (bench: Bench) throws(CaseEnd) in
        .measured(try bench.ask(.end, "T\0").refused())
      },
      Case("TX-13", .shared, .daemons, "TRANSACTION_END with neither T nor F gets EINVAL") {
        (bench: Bench) throws(CaseEnd) in
        for payload: GuestText in ["X\0", "\0", ""] {
          let id = try bench.begin()
          let reply = try bench.ask(.end, payload, in: id)
          try require(reply.isError("EINVAL"), "the payload \"\(payload)\" gets \(reply.word)")
        }
        return .pass
      },
      Case("TX-14", .mandatory, .text, "a transaction is gone after its end") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.end(id).ok()
        try bench.read("name", in: id).refused()
        try bench.ask(.end, "T\0", in: id).refused()
        return .pass
      },
      Case(
        "TX-16", .declared, .daemons, "how many transactions can be open, and the error of the next"
      ) {
        (bench: Bench) throws(CaseEnd) in
        var open: [UInt32] = []
        while open.count < 100 {
          let reply = try bench.ask(.start, "\0")
          guard reply.error == nil else {
            try bench.end(open[0]).ok()
            _ = try bench.begin()
            return .measured("\(open.count), then \(reply.word)")
          }
          let payload = try reply.value()
          guard let id = Array(payload.dropLast()).decimal else {
            throw .failed("TRANSACTION_START gives \"\(payload)\"")
          }
          open.append(UInt32(truncatingIfNeeded: id))
        }
        return .measured("100 and more")
      },
      Case("TX-18", .mandatory, .text, "DIRECTORY in a transaction shows what it made and removed")
      {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("old"), "1").ok()
        let id = try bench.begin()
        try bench.write(bench.at("new"), "1", in: id).ok()
        try bench.remove(bench.at("old"), in: id).ok()
        try bench.list(bench.folder, in: id).equals("new\0")
        try bench.list(bench.folder).equals("old\0")
        try bench.end(id).ok()
        try bench.list(bench.folder).equals("new\0")
        return .pass
      },
      Case(
        "TX-19", .mandatory, .text,
        "a tree that a transaction removes and makes again is as made again"
      ) {
        (bench: Bench) throws(CaseEnd) in
        for name: GuestText in ["top/a", "top/b/c"] { try bench.write(bench.at(name), "old").ok() }
        let id = try bench.begin()
        try bench.remove(bench.at("top"), in: id).ok()
        try bench.write(bench.at("top/a"), "new", in: id).ok()
        try bench.end(id).ok()
        try bench.read(bench.at("top/a")).equals("new")
        try bench.read(bench.at("top/b")).refused("ENOENT")
        try bench.list(bench.at("top")).equals("a\0")
        return .pass
      },
      Case("TX-21", .mandatory, .text, "a write in a transaction makes no event before its end") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "t")
        let id = try bench.begin()
        try bench.write(bench.at("x"), "1", in: id).ok()
        try bench.expectNoEvent("before the end")
        try bench.end(id).ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("TX-22", .mandatory, .text, "a transaction that is given up makes no event") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "t")
        let id = try bench.begin()
        try bench.write(bench.at("x"), "1", in: id).ok()
        try bench.end(id, commit: false).ok()
        try bench.expectNoEvent("after the end")
        return .pass
      },
      Case("TX-23", .mandatory, .text, "WATCH takes no notice of tx_id") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.ask(.watch, "\(bench.folder)\0t\0", in: id).ok()
        try bench.expectEvent(bench.folder, "t")
        try bench.end(id, commit: false).ok()
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("TX-24", .mandatory, .text, "RESET_WATCHES gives up the open transactions") {
        (bench: Bench) throws(CaseEnd) in
        let id = try bench.begin()
        try bench.write(bench.at("x"), "1", in: id).ok()
        try bench.reset().ok()
        try bench.ask(.end, "T\0", in: id).refused()
        try bench.read(bench.at("x")).refused("ENOENT")
        return .pass
      },
    ]
  }
}
