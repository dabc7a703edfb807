// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Domains that the supervisor looks after, in a lab that stays up.
@Suite(.lab, .serialized) struct DetachedDomainTests {
  @Test func outputAndEndAreKept() throws {
    let lab = try DetachedLab("keep")
    let started = try lab.pvh("run", Checkout.example("hello"), "--detach", "--name", "hello")
    #expect(started.status == 0, "\(started.errors)")
    let number = started.text.trimmingCharacters(in: .newlines)
    #expect(try lab.pvh("wait", "hello").status == 0)
    #expect(try lab.pvh("logs", "hello").text == "hello from domain \(number)\n")
    #expect(try lab.pvh("logs", "hello", "--tail", "0").text.isEmpty)
    #expect(try lab.pvh("list").text.isEmpty)
    #expect(try lab.pvh("list", "--all").text.contains("ended: exit status 0"))
    #expect(try lab.pvh("show", "hello").text.contains("last end:  exit status 0\n"))
    // A new one of the same name takes its place.
    let again = try lab.pvh(
      "run", Checkout.guest("exit-status"), "--detach", "--name", "hello", "--cmdline", "7")
    #expect(again.status == 0, "\(again.errors)")
    #expect(try lab.pvh("wait", "hello").status == 7)
    #expect(try lab.pvh("destroy", "hello").status == 0)
    #expect(try lab.pvh("list", "--all").text.isEmpty)
    let gone = try lab.pvh("logs", "hello")
    #expect(gone.status == 125)
    #expect(gone.errors.contains("no domain is called \"hello\""))
    try lab.expectNothingLeft()
  }

  @Test func aCrashIsFollowedByANewStart() throws {
    let lab = try DetachedLab("crash")
    let started = try lab.pvh(
      "run", Checkout.guest("crash"), "--cmdline", "triple-fault", "--detach", "--restart",
      "on-crash", "--name", "boom")
    #expect(started.status == 0, "\(started.errors)")
    // The second restart comes three seconds after the first end.
    try lab.wait { try lab.summary("boom").supervision.restartCount >= 2 }
    #expect(try lab.pvh("wait", "boom", "--timeout", "0.2").status == 124)
    try lab.wait { try lab.summary("boom").state == "waiting" }
    // Shutting down one that waits for its next start keeps it down.
    #expect(try lab.pvh("shutdown", "boom").status == 0)
    #expect(try lab.summary("boom").state == "ended")
    #expect(try lab.pvh("destroy", "boom").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func aRebootIsAnotherDomainWithTheSameName() throws {
    let lab = try DetachedLab("reboot")
    let started = try lab.pvh("run", Checkout.example("clock"), "--detach", "--name", "clock")
    #expect(started.status == 0, "\(started.errors)")
    let before = try lab.summary("clock")
    #expect(try lab.pvh("reboot", "clock", "--timeout", "30").status == 0)
    let after = try lab.summary("clock")
    #expect(after.uuid != before.uuid)
    #expect(after.supervision.restartCount == 1)
    #expect(try lab.pvh("shutdown", "clock", "--timeout", "30").status == 0)
    // What both of them printed is in one log.
    #expect(try lab.pvh("logs", "clock").text == "asked to stop\nasked to stop\n")
    // Nobody would start one again that is not supervised.
    let bare = try lab.pvh("create", Checkout.guest("idle"), "--name", "bare")
    #expect(bare.status == 0, "\(bare.errors)")
    let refused = try lab.pvh("reboot", "bare")
    #expect(refused.status == 125)
    #expect(refused.errors.contains("pvh run --detach"))
    #expect(try lab.pvh("destroy", "bare", "clock").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func theConsoleBeginsWithWhatWasPrinted() throws {
    let lab = try DetachedLab("console")
    let started = try lab.pvh("run", Checkout.example("echo"), "--detach", "--name", "echo")
    #expect(started.status == 0, "\(started.errors)")
    try lab.wait { try lab.pvh("logs", "echo").text.contains("say something") }
    let follower = try lab.command(["logs", "--follow", "echo"])
    let console = try lab.command(["console", "echo"], input: "one\nbye\n").finish()
    #expect(console.status == 0, "\(console.errors)")
    #expect(console.text.hasPrefix("say something"))
    #expect(console.text.contains("you said: one\n"))
    // Who follows the log reads the same, and ends with the guest.
    #expect(follower.finish().text == console.text)
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }

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
    #expect(list.errors.contains("another one looks after one, two now"), "\(list.errors)")
    #expect(try lab.summary("one").uuid == before.uuid)
    // It does what the one before would have done.
    #expect(try lab.pvh("lab", "exec", lab.name, "--", "xl", "destroy", "two").status == 0)
    try lab.wait { try lab.summary("two").state == "ended" }
    #expect(try lab.pvh("shutdown", "one", "--timeout", "30").status == 0)
    #expect(try lab.pvh("destroy", "one", "two").status == 0)
    try lab.expectNothingLeft()
    // Without domains there is no supervisor either, a moment later.
    try lab.wait { try lab.supervisors().isEmpty }
  }

  @Test func namesAreTakenOnceAndFailuresLeaveNothing() throws {
    let lab = try DetachedLab("names")
    let idle = Checkout.guest("idle")
    #expect(try lab.pvh("run", idle, "--detach", "--name", "one").status == 0)
    for words in [["run", idle, "--detach"], ["create", idle]] {
      let second = try lab.pvh(words + ["--name", "one"])
      #expect(second.status == 125)
      #expect(second.errors.contains("already"), "\(second.errors)")
    }
    let large = try lab.pvh("run", idle, "--detach", "--name", "large", "--memory", "64G")
    #expect(large.status == 125)
    #expect(large.errors.contains("KiB are free"), "\(large.errors)")
    #expect(try lab.pvh("list", "--all", "--quiet").text.split(separator: "\n").count == 1)
    let near = try lab.pvh("show", "onn")
    #expect(near.errors.contains("did you mean \"one\"?"))
    #expect(try lab.pvh("destroy", "one").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func anAgentKilledWithItsGuardianLeavesAWordForTheNext() throws {
    let lab = try DetachedLab("marks")
    let run = try lab.command(["run", Checkout.guest("idle"), "--name", "left"])
    try lab.wait { try lab.pvh("list").text.contains("left") }
    // Agent and guardian look the same; the supervisor and the switchboard do not.
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
