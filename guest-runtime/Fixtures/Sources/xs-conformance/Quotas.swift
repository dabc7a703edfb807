// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// QU: limits, and how they are counted.
extension Case {
  static var quotas: [Case] {
    [
      Case(
        "QU-01", .declared, .daemons, "how many nodes the guest can make, and the error of the next"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let (count, error) = try fill(bench)
        return .measured(error.map { "\(count), then \($0)" } ?? "\(count) and more")
      },
      Case(
        "QU-02", .mandatory, .daemons,
        "at the quota of nodes, one that is removed makes room for one"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let (_, error) = try fill(bench)
        guard error != nil else { return .skip("there is no quota below 2000 nodes") }
        try bench.remove(bench.at("fill/c0")).ok()
        try bench.make(bench.at("fill/again")).ok()
        return .pass
      },
      Case("QU-03", .mandatory, .daemons, "after all were removed, as many nodes can be made again")
      {
        (bench: Bench) throws(CaseEnd) in
        let (first, _) = try fill(bench)
        try bench.remove(bench.at("fill")).ok()
        let (second, _) = try fill(bench)
        try require(first == second, "\(first) nodes at first, then \(second)")
        return .pass
      },
      Case("QU-04", .declared, .daemons, "how many children of 10-byte names a node can have") {
        (bench: Bench) throws(CaseEnd) in
        let (done, error) = try bench.askMany(.make) { number in
          number < 1200 ? "\(bench.at("child-\(1000 + number)"))\0" : nil
        }
        return .measured(error.map { "\(done), then \($0)" } ?? "\(done) and more")
      },
      Case("QU-05", .declared, .daemons, "how many values of 1900 bytes can be kept, up to 30") {
        (bench: Bench) throws(CaseEnd) in
        let value: GuestText = "\([UInt8]("v", count: 1900))"
        let (done, error) = try bench.askMany(.write) { number in
          number < 30 ? "\(bench.at("n\(number)"))\0\(value)" : nil
        }
        return .measured(error.map { "\(done), then \($0)" } ?? "\(done) and more")
      },
      Case("QU-07", .mandatory, .daemons, "400 writes as fast as they go are all answered") {
        (bench: Bench) throws(CaseEnd) in
        let (done, error) = try bench.askMany(.write) { number in
          number < 400 ? "\(bench.at("x"))\0\(number)" : nil
        }
        try require(done == 400, "\(done) were done, then \(error ?? "no error")")
        try bench.read(bench.at("x")).equals("399")
        return .pass
      },
      Case(
        "QU-09", .mandatory, .daemons,
        "with watches, transactions and nodes at their quotas READ works, and RESET_WATCHES clears"
      ) {
        (bench: Bench) throws(CaseEnd) in
        _ = try bench.askMany(.watch) { number in number < 300 ? "name\0\(number)\0" : nil }
        bench.connection.events = []
        _ = try fill(bench)
        _ = try bench.askMany(.start) { number in number < 50 ? "\0" : nil }
        _ = try bench.read("name").value()
        try bench.reset().ok()
        bench.connection.events = []
        try bench.watchQuietly("name", "t")
        try bench.end(try bench.begin()).ok()
        return .pass
      },
      Case(
        "QU-11", .declared, .daemons,
        "whether a path that is refused for the quota of nodes leaves its beginning"
      ) { (bench: Bench) throws(CaseEnd) in
        let (_, error) = try fill(bench)
        guard error != nil else { return .skip("there is no quota below 2000 nodes") }
        try bench.remove(bench.at("fill/c0")).ok()
        let levels = [UInt8]("/d", count: 200)
        let word = try bench.make(bench.at("fill/long\(levels)")).refused()
        let isThere = try bench.read(bench.at("fill/long")).error == nil
        return .measured("\(word), \(isThere ? "its beginning stays" : "nothing stays")")
      },
    ]
  }

  /// Makes nodes below `fill` until one is refused, 2000 at most: chains of fifty as long as there is room
  /// for one, and then one by one. How many there are then.
  static func fill(_ bench: Bench, in id: UInt32 = 0) throws(CaseEnd) -> (Int, GuestText?) {
    let chain = "/d".utf8.count * 49
    let levels = [UInt8]("/d", count: chain)
    let chains = try bench.askMany(.make, in: id) { number in
      number < 40 ? "\(bench.at("fill/c\(number)"))\(levels)\0" : nil
    }
    guard chains.error != nil else { return (chains.done * 50, nil) }
    // A refused chain may have left its beginning.
    for number in chains.done..<min(40, chains.done + 12) {
      _ = try bench.remove(bench.at("fill/c\(number)"), in: id)
    }
    let singles = try bench.askMany(.make, in: id) { number in
      number < 60 ? "\(bench.at("fill/s\(number)"))\0" : nil
    }
    // The node above them counts, too.
    return (chains.done * 50 + singles.done + 1, singles.error)
  }
}
