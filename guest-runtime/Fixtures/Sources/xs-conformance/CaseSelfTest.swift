// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestMachine
import GuestRuntime

/// Runs cases against a xenstored with a flaw put in by hand: each has to fail.
enum CaseSelfTest {
  /// A case of the log for each flaw.
  static func perform(_ guest: borrowing Guest) throws(GuestError) {
    guard let door = XenstoreDoor() else { throw GuestError("there is no xenstore") }
    let connection = Connection(door, guest.clock)
    let bench = Bench(connection, domain: guest.domainID, peer: nil)
    var log = CaseLog("xs-conformance", cases: Flaw.all.count, .console(guest.console))
    for (name, fault, finder) in Flaw.all {
      let wanted = GuestText(stringLiteral: finder).bytes
      guard let test = Case.all.first(where: { GuestText(stringLiteral: $0.id).bytes == wanted })
      else { fatalError("a flaw names a case that there is not") }
      let start = connection.now
      let sound = test.outcome(bench)
      connection.flawAfterPreparing = Flaw(fault)
      let flawed = test.outcome(bench)
      log.add(
        name, judge(sound.result, flawed.result, finder), milliseconds: connection.now - start)
    }
    log.finish().end(guest)
  }

  private static func judge(
    _ sound: CaseLog.Result, _ flawed: CaseLog.Result, _ finder: StaticString
  ) -> CaseLog.Result {
    let finder = GuestText(stringLiteral: finder)
    if case .fail(let note) = sound { return .fail("\(finder) fails without the flaw: \(note)") }
    guard case .fail(let note) = flawed else { return .fail("\(finder) does not find it") }
    return .measured("\(finder): \(note)")
  }
}
