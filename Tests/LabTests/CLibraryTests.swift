// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// C in a guest, where it meets the machine: its end, its input, chance.
@Suite(.lab) struct CLibrary {
  @Test(arguments: [
    ("abort", "abort() was called"),
    ("assertion", "assertion failed: value == 0 && \"as asked for\" ("),
    ("assertion", "ends.c:10, end_by_assertion)"),
    ("overwriting", "past the end of its stack frame"),
  ])
  func whatEndsCEndsTheGuestWithAReport(way: String, report: String) throws {
    let result = try run("c-ends", "--cmdline", way)
    #expect(result.status == 134)
    #expect(result.text.contains("*** the guest crashed: "))
    #expect(result.text.contains(report), "\(result.text)")
  }

  /// Whether C calls `exit` or Swift's `run` returns.
  @Test(arguments: [("exit", Int32(7)), ("return", 0)])
  func whatIsLeftForTheEndIsDone(way: String, status: Int32) throws {
    let result = try run("c-ends", "--cmdline", way)
    #expect(result.text == "still in the buffer\nat the end\n")
    #expect(result.status == status)
  }

  @Test func standardInputIsTheConsole() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("c-ends"), commandLine: "input")
    try lab.waitFor("say something\n")
    try lab.client.send(input: Array("a line\n 42\nfor Swift\nbye\n".utf8))
    #expect(try lab.finish() == .exited(0))
    #expect(lab.text.hasSuffix("read 'a line' and 42\nline ''\nline 'for Swift'\n"))
  }

  /// Numbers that are not random are not made up.
  @Test func withoutEntropyRandomNumbersEndTheGuest() throws {
    let lab = try LabConversation()
    try lab.create(
      Checkout.guest("c-ends"),
      ["memory=4", "cpuid='host,rdseed=0,rdrand=0'", "extra='random'"])
    let reason = "random numbers are wanted, and this CPU has neither RDSEED nor RDRAND"
    var log = ""
    for _ in 0..<2000 where log.isEmpty {
      log = try lab.execute("sh", "-c", "xl dmesg | grep 'the guest crashed'")
    }
    #expect(log.contains(reason), "\(log)")
  }

  @Test func textsShowWhatTheyAreGiven() throws {
    #expect(
      try run("text").text == """
        Optional(-4) nil true Optional(false) -9223372036854775808 7
        Optional("a\\"b") plain Optional(AB) C nil
        1.5 \u{e9} Optional(0.1) bc
        ff 340282366920938463463374607431768211455 \
        Optional(-170141183460469231731687303715884105728)
        inner 1 Optional(some)
        1|two|3.5|true.

        no newline at the end
        """)
  }
}
