// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Testing
import XenDomainModel

/// Guests with tasks, under real Xen.
@Suite(.lab) struct ConcurrencyInGuests {
  @Test func tasksStreamsSleepsAndXenstoreWork() throws {
    let result = try run("concurrency")
    #expect(
      result.text == """
        stream: 5050, group: 720
        actor: 10
        200 sleeps of 200 ms: at once
        cancelled: yes
        an hour in 50 ms: timed out
        in time: 42
        50 requests: 50, then none
        data/mine = 1
        data/mine = 2
        data/mine = 3
        the other watch: data/other
        events: 3

        """)
    #expect(result.status == 0)
  }

  @Test func aThrownErrorEndsTheDomainWithItsStatus() throws {
    let result = try run("concurrency", "--cmdline", "throw")
    #expect(result.text == "error: gave up\n")
    #expect(result.status == 7)
  }

  @Test func theStatusArrivesThoughRequestsAreUnderWay() throws {
    let result = try run("concurrency", "--cmdline", "abrupt")
    #expect(result.text == "error: gave up\n")
    #expect(result.status == 9)
  }

  @Test(arguments: [
    ("tidy", "shutdown", Outcome.exited(0), "finished\n"),
    ("tidy", "reboot", .rebootRequested, "finished\n"),
    ("stubborn", "shutdown", .exited(0), "left behind\n"),
  ])
  func whoIsAskedToEndHasABoundedTimeToFinish(
    guest: String, request: String, end: Outcome, text: String
  ) throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("concurrency"), commandLine: guest)
    try lab.waitFor("ready\n")
    _ = try lab.execute("xl", request, "guest")
    #expect(try lab.finish() == end)
    #expect(lab.text == "ready\n" + text)
  }

  @Test func linesAreReadWhileOtherTasksRun() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("concurrency"), commandLine: "lines")
    try lab.waitFor("ready\n")
    try lab.client.send(input: Array("one\ntwo ".utf8))
    try lab.waitFor("line: one\n")
    try lab.client.send(input: Array("words\n\n".utf8))
    #expect(try lab.finish() == .exited(0))
    #expect(lab.text.hasSuffix("line: two words\nticker stopped: yes\n"))
  }
}
