// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import Testing

@testable import XenLab

@Suite struct XenstoreDaemonTests {
  @Test func anUnknownNameIsRefusedWithTheKnownOnes() throws {
    #expect(try XenstoreDaemon(named: "oxenstored") == .oxenstored)
    #expect(throws: LabError.unknownXenstoreDaemon(name: "xs")) { try XenstoreDaemon(named: "xs") }
    let text = LabError.unknownXenstoreDaemon(name: "xs").description
    #expect(text.contains("'xs'"))
    #expect(text.hasSuffix("PVHKIT_LAB_XENSTORE take xenstored or oxenstored"))
  }

  @Test func aMissingTemplateNamesTheCommandThatMakesIt() {
    let own = XenRelease.ofThisMachine
    let xenstored = LabError.noTemplate(xen: own, xenstore: .xenstored, at: "/c").description
    #expect(xenstored.hasSuffix("make one: pvh lab prepare"))
    let oxenstored = LabError.noTemplate(xen: own, xenstore: .oxenstored, at: "/c").description
    #expect(oxenstored.contains("Xen \(own.version) with oxenstored"))
    #expect(oxenstored.hasSuffix("make one: pvh lab prepare --xenstore oxenstored"))
  }

  @Test(arguments: XenstoreDaemon.allCases) func dom0StartsAndCarriesTheChosenOneOnly(
    _ daemon: XenstoreDaemon
  ) {
    let start = Dom0Init(release: .ofThisMachine, xenstore: daemon, modules: [])
    let lines = start.script.split(separator: "\n").filter { $0.contains("--pid-file /run/xenst") }
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("\(daemon) ") == true)
    let contents = Dom0Image.contents(.ofThisMachine, daemon)
    #expect(XenstoreDaemon.allCases.filter { contents.contains($0.rawValue) } == [daemon])
    #expect(contents.contains("etc/xen/oxenstored.conf") == (daemon == .oxenstored))
  }
}
