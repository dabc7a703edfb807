// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// QU: limits, and how they are counted.
extension Case {
  static var quotas: [Case] {
    [
      Case("QU-01", .declared, .daemons, "how many nodes the guest can make, and the error of the next") {
        (bench: Bench) throws(CaseEnd) in
        let (count, error) = try fill(bench, "n")
        return .measured(error.map { "\(count), then \($0)" } ?? "\(count) and more")
      },
      Case("QU-02", .mandatory, .daemons, "at the quota of nodes, one that is removed makes room for one") {
        (bench: Bench) throws(CaseEnd) in
        let (_, error) = try fill(bench, "n")
        guard error != nil else { return .skip("there is no quota below 1500 nodes") }
        try bench.remove(bench.at("n0/0")).ok()
        try bench.make(bench.at("n0/again")).ok()
        return .pass
      },
      Case("QU-03", .mandatory, .daemons, "after all were removed, as many nodes can be made again") {
        (bench: Bench) throws(CaseEnd) in
        let (first, _) = try fill(bench, "n")
        for group in 0..<15 { try bench.remove(bench.at("n\(group)")).ok() }
        let (second, _) = try fill(bench, "m")
        try require(first == second, "\(first) nodes at first, then \(second)")
        return .pass
      },
      Case("QU-04", .declared, .daemons, "how many children of 10-byte names a node can have") {
        (bench: Bench) throws(CaseEnd) in
        for number in 0..<1200 {
          let reply = try bench.make(bench.at("child-\(1000 + number)"))
          if reply.error != nil { return .measured("\(number), then \(reply.word)") }
        }
        return .measured("1200 and more")
      },
      Case("QU-05", .declared, .daemons, "how many values of 1900 bytes can be kept, up to 400") {
        (bench: Bench) throws(CaseEnd) in
        let value = [UInt8]("v", count: 1900)
        for number in 0..<400 {
          let reply = try bench.ask(.write, bench.at("n\(number / 20)/\(number)\0").bytes + value)
          if reply.error != nil { return .measured("\(number), then \(reply.word)") }
        }
        return .measured("400 and more")
      },
      Case("QU-07", .mandatory, .daemons, "1000 writes as fast as they go are all answered") {
        (bench: Bench) throws(CaseEnd) in
        for number in 0..<1000 { try bench.write(bench.at("x"), "\(number)").ok() }
        try bench.read(bench.at("x")).equals("999")
        return .pass
      },
      Case("QU-09", .mandatory, .daemons, "with watches, transactions and nodes at their quotas READ works, and RESET_WATCHES clears") {
        (bench: Bench) throws(CaseEnd) in
        var number = 0
        while number < 300, try bench.watch("name", "\(number)").error == nil {
          bench.connection.events = []
          number += 1
        }
        _ = try fill(bench, "n")
        var open = 0
        while open < 50, try bench.ask(.start, "\0").error == nil { open += 1 }
        _ = try bench.read("name").value()
        try bench.reset().ok()
        bench.connection.events = []
        try bench.watchQuietly("name", "t")
        try bench.end(try bench.begin()).ok()
        return .pass
      },
    ]
  }

  /// Makes nodes in groups of a hundred until one is refused, 1500 at most.
  private static func fill(_ bench: Bench, _ prefix: GuestText) throws(CaseEnd) -> (Int, GuestText?) {
    for number in 0..<1500 {
      let reply = try bench.make(bench.at("\(prefix)\(number / 100)/\(number)"))
      bench.connection.events = []
      // A group's own node counts, too.
      if reply.error != nil { return (number + (number + 99) / 100, reply.word) }
    }
    return (1500, nil)
  }
}
