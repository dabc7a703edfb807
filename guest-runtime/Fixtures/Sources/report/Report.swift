// SPDX-License-Identifier: Apache-2.0

import CFaults
import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Prints what the launcher gave the guest, and judges it: under Xen on the console, elsewhere on the
/// serial port.
@main
enum Report {
  static func main() {
    if Xen.isThere { return ReportUnderXen.main() }
    Launch.withoutXen()
    let launch = Launch()
    let line = Launch.string(launch.header?.commandLineAddress ?? 0)
    let verdict: Verdict
    do throws(GuestError) {
      let given = try GivenParameters(.report, line) { _ throws(GuestError) in nil }
      verdict = report(launch, given, .serial, store: nil)
    } catch {
      var line = JSONLine("error")
      line.add("text", error.message.bytes)
      line.print(.serial)
      verdict = .broken
    }
    verdict.print(.serial)
    // ACPI's power-off of QEMU's PCs; then the keyboard controller's reset, which ends Firecracker.
    CPU.write(UInt16(0x2000), toPort: 0x604)
    CPU.write(UInt8(0xfe), toPort: 0x64)
    fault_halt()
  }

  /// Prints all lines; what follows from the cases.
  static func report(
    _ launch: Launch, _ given: GivenParameters, _ output: LineOutput, store: GuestXenstore?
  ) -> Verdict {
    var line = JSONLine("ready")
    line.add("fixture", "report")
    line.print(output)
    let facts = Facts(launch, output: output, hashes: given.is("hash", "1"))
    facts.print()
    var judgement = Judgement(launch, given, output, store: store)
    return judgement.run()
  }
}

struct ReportUnderXen: Fixture {
  static var about: FixtureDescription { .report }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let store = SharedPage.xenstore == nil ? nil : guest.xenstore
    let output = LineOutput.console(guest.console)
    Report.report(Launch(), given, output, store: store).end(guest)
  }
}
