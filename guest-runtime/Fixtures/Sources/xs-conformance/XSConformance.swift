// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime

/// Judges a xenstored by what a guest sees of it.
@main
struct XSConformance: Fixture {
  static var about: FixtureDescription { .xsConformance }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    if given.is("selftest", "1") { return try CaseSelfTest.perform(guest) }
    let cases = try chosen(given)
    guard let door = XenstoreDoor() else { throw GuestError("there is no xenstore") }
    let connection = Connection(door, guest.clock)
    var peer: Peer?
    if given.is("peer", "1") {
      do throws(CaseEnd) {
        peer = try Peer(connection, domain: guest.domainID)
      } catch {
        throw GuestError("the second party cannot be asked: \(error.note)")
      }
      if peer == nil { say("note", guest) { $0.add("text", "no second party answers") } }
    }
    let bench = Bench(connection, domain: guest.domainID, peer: peer)
    var log = CaseLog("xs-conformance", cases: cases.count, .console(guest.console))
    ready(guest)
    for (position, test) in cases.enumerated() {
      let start = connection.now
      let end = test.outcome(bench)
      log.add(
        test.id, level: test.level.letter, end.result, milliseconds: connection.now - start,
        statement: test.statement, source: test.source.name)
      guard end.isAlive else {
        let left = cases.count - position - 1
        log.lost(after: test.id, left: left)
        log.finish().end(guest)
      }
    }
    try? peer?.leave()
    log.finish().end(guest)
  }

  /// The cases that were asked for, in an order that follows from the seed.
  private func chosen(_ given: GivenParameters) throws(GuestError) -> [Case] {
    let isHostile = given.is("hostile", "1")
    let all = Case.all.filter { $0.isHostile == isHostile }
    var chosen = all
    let wanted = given.text("only").split(separator: UInt8(ascii: ",")).map { Array($0) }
    for word in wanted where !all.contains(where: { $0.matches(word) }) {
      let ids = Case.all.map { GuestText(stringLiteral: $0.id).bytes }
      if ids.contains(word) {
        throw GuestError(
          "only=\(word): this case runs with hostile=\(isHostile ? 0 : 1)", exitStatus: 99)
      }
      let hint =
        FixtureCatalogue.nearest(to: word, in: ids).map { "; is it \(ids[$0])?" as GuestText } ?? ""
      throw GuestError("only=\(word): there is no such case\(hint)", exitStatus: 99)
    }
    if !wanted.isEmpty { chosen = all.filter { test in wanted.contains { test.matches($0) } } }
    // A generator with shifts by 13, 7 and 17; seed 0 is the order of the table.
    var state = given.number("seed")
    if state == 0 { return chosen }
    for position in stride(from: chosen.count - 1, to: 0, by: -1) {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      chosen.swapAt(position, Int(state % UInt64(position + 1)))
    }
    return chosen
  }
}

extension Case {
  /// Whether it is meant by an id, or by the beginning of one.
  fileprivate func matches(_ word: [UInt8]) -> Bool {
    GuestText(stringLiteral: id).bytes.starts(with: word)
  }

  /// Runs the case in a directory of its own, and takes away what it left; says also whether
  /// xenstored still answers.
  func outcome(_ bench: Bench) -> (result: CaseLog.Result, isAlive: Bool) {
    var result = CaseLog.Result.pass
    do throws(CaseEnd) {
      try bench.prepare(GuestText(stringLiteral: id))
      result = try run(bench)
    } catch {
      result = error.result
    }
    if isHostile { return (result, true) }
    bench.connection.flaw = nil
    do throws(CaseEnd) {
      try bench.tidy()
    } catch .silent(let note) {
      return (.fail("\(note), at the latest after the case"), false)
    } catch {
      if case .pass = result { result = .fail("after the case: \(error.note)") }
      if case .measured = result { result = .fail("after the case: \(error.note)") }
    }
    return (result, true)
  }
}

extension CaseEnd {
  /// What was seen.
  var note: GuestText {
    switch self {
    case .failed(let note), .skipped(let note), .silent(let note): note
    }
  }

  fileprivate var result: CaseLog.Result {
    if case .skipped(let reason) = self { return .skip(reason) }
    return .fail(note)
  }
}
