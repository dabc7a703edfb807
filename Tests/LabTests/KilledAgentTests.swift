// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What is left when agents and supervisors are killed, or find what they did not write.
@Suite(.lab, .serialized) struct KilledAgentTests {
  @Test func aKilledSupervisorIsReplaced() throws {
    let lab = try DetachedLab("killed")
    for name in ["one", "two"] {
      let started = try lab.pvh(
        "run", Checkout.guest("idle"), "--detach", "--name", name, "--restart", "always")
      #expect(started.status == 0, "\(started.errors)")
    }
    let before = try lab.summary("one")
    #expect(try lab.killSupervisor())
    let list = try lab.pvh("list")
    #expect(list.errors.contains("started a new one for one, two"), "\(list.errors)")
    #expect(try lab.summary("one").uuid == before.uuid)
    // It does what the one before would have done.
    #expect(try lab.pvh("lab", "exec", lab.name, "--", "xl", "destroy", "two").status == 0)
    try lab.wait { try lab.summary("two").state == "ended" }
    #expect(try lab.pvh("shutdown", "one", "--timeout", "300").status == 0)
    #expect(try lab.pvh("destroy", "one", "two").status == 0)
    try lab.expectNothingLeft()
    // Without domains there is no supervisor either, a moment later.
    try lab.wait { try lab.supervisors().isEmpty }
  }

  @Test func aRecordThatCannotBeReadIsSomebodysDomain() throws {
    let lab = try DetachedLab("record")
    let run = ["run", Checkout.guest("idle"), "--detach", "--name", "one"]
    #expect(try lab.pvh(run).status == 0)
    let before = try lab.summary("one")
    #expect(try lab.killSupervisor())
    let record = "/run/pvhkit/domains/one/record"
    try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", "echo nothing > \(record)")
    // Its domain is still there, for all that is known.
    let refused = try lab.pvh(run)
    #expect(refused.status == 125)
    #expect(refused.errors.contains("pvh: \(record) cannot be read: "), "\(refused.errors)")
    #expect(try lab.pvh("show", "one", "--json").text.contains(before.uuid))
    #expect(try lab.pvh("destroy", "one").status == 0)
    try lab.pvh("lab", "exec", lab.name, "--", "rm", "-r", "/run/pvhkit/domains/one")
    #expect(try lab.pvh(run).status == 0)
    #expect(try lab.pvh("destroy", "one").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func anAgentKilledWithItsGuardianLeavesAWordForTheNext() throws {
    let lab = try DetachedLab("marks")
    let run = try lab.command(["run", Checkout.guest("idle"), "--name", "left"])
    try lab.wait { try lab.pvh("list").text.contains("left") }
    // Agent and guardian look the same; the supervisor and the multiplexer do not.
    let killed = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c",
      "kill -9 $(ps -o pid,args | awk '$2 == \"/agent/agent\" && NF == 2 { print $1 }')")
    #expect(killed.status == 0)
    #expect(run.finish().status == 125)
    let list = try lab.pvh("list")
    #expect(list.errors.contains("removed domain 1, which a killed pvh had left behind"))
    #expect(list.text.isEmpty)
    try lab.expectNothingLeft()
  }
}
