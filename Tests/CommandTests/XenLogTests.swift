// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import PVHCommand

/// What of Xen's log is shown when a guest crashes.
@Suite struct XenLogLines {
  /// As `show_registers` of Xen prints them: the third line names the domain, too.
  private static let registers = [
    "(XEN) ----[ Xen-4.17.7  x86_64  debug=n  Not tainted ]----",
    "(XEN) CPU:    1",
    "(XEN) RIP:    0008:[<00000000000049b2>]",
    "(XEN) RFLAGS: 0000000000000002   CONTEXT: hvm guest (d1v0)",
    "(XEN) rax: 0000000000000000   rbx: 00000000000000d1   rcx: 0000000000000000",
    "(XEN) cr3: 0000000000008000   cr2: 0000000000000000",
    "(XEN) ds: 0010   es: 0010   fs: 0010   gs: 0010   ss: 0010   cs: 0008",
  ]

  private func lines(_ log: [String], about domain: Int = 1) -> [String] {
    XenLog(text: log.joined(separator: "\n")).lines(about: domain)
  }

  @Test(arguments: [
    "(XEN) *** Dumping Dom1 vcpu#0 state: ***", "(XEN) Domain 1 (vcpu#0) crashed on cpu#1:",
  ])
  func aDumpIsWhole(head: String) {
    let dump = [head] + Self.registers
    #expect(lines(["(XEN) booting"] + dump + ["(XEN) something else"]) == dump)
  }

  /// Others go on while a domain dies.
  @Test func linesOfOthersDoNotEndADump() {
    let dump = ["(XEN) *** Dumping Dom1 vcpu#0 state: ***"] + Self.registers
    let others = ["(XEN) d2v0 WRMSR 0x1", "(d2) dom1 says hello"]
    let mixed = dump.prefix(3) + others + dump.dropFirst(3)
    #expect(lines(Array(mixed)) == dump)
    #expect(lines(Array(mixed), about: 2) == others)
  }

  @Test(arguments: [
    "(XEN) d1v0 Triple fault - invoking HVM shutdown action 3", "(XEN) d1 has no memory",
    "(XEN) d[1]: a pool", "(XEN) common/grant_table.c:1: dom1 has no grants",
    "(XEN) Domain 1 reported crashed by domain 0 on cpu#0:", "(XEN) domid: 1 is unknown",
    "(XEN) DOM1: no CPU", "(d1) printed by the guest",
  ])
  func everyNameOfADomainIsKnown(line: String) {
    #expect(lines([line]) == [line])
    #expect(lines([line], about: 11).isEmpty)
  }

  @Test func theLastOfManyLinesAreShown() {
    let result = lines((0..<250).map { "(d1) line \($0)" })
    #expect(result.first == "(150 lines before)")
    #expect(result.last == "(d1) line 249")
    #expect(result.count == 101)
  }
}
