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
    #expect(try lab.pvh("reboot", "clock", "--timeout", "300").status == 0)
    let after = try lab.summary("clock")
    #expect(after.uuid != before.uuid)
    #expect(after.supervision.restartCount == 1)
    #expect(try lab.pvh("shutdown", "clock", "--timeout", "300").status == 0)
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

  @Test func aDestroyedGuestIsNotRebooted() throws {
    let lab = try DetachedLab("destroyed")
    let started = try lab.pvh("run", Checkout.guest("spin"), "--detach", "--name", "spin")
    let number = started.text.trimmingCharacters(in: .newlines)
    let reboot = try lab.command(["reboot", "spin"])
    // It does not listen.
    try lab.wait {
      try lab.pvh(
        "lab", "exec", lab.name, "--", "xenstore-read", "/local/domain/\(number)/control/shutdown"
      ).text == "reboot\n"
    }
    #expect(try lab.pvh("destroy", "spin").status == 0)
    let result = reboot.finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("\"spin\" was destroyed before it was started again"))
    try lab.expectNothingLeft()
  }

  @Test func aShutdownEndsARebootingGuest() throws {
    let lab = try DetachedLab("rebooting")
    let run = ["run", Checkout.example("clock"), "--detach", "--name", "clock"]
    #expect(try lab.pvh(run).status == 0)
    let reboot = try lab.command(["reboot", "clock"])
    let shutdown = try lab.pvh("shutdown", "clock", "--timeout", "300")
    #expect(shutdown.status == 0, "\(shutdown.errors)")
    // Whichever came first.
    _ = reboot.finish()
    #expect(try lab.summary("clock").state == "ended")
    #expect(try lab.pvh("destroy", "clock").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func xlMayRenameOne() throws {
    let lab = try DetachedLab("renamed")
    let run = ["run", Checkout.guest("idle"), "--detach", "--name", "one"]
    let number = try lab.pvh(run).text.trimmingCharacters(in: .newlines)
    let rename = ["lab", "exec", lab.name, "--", "xl", "rename", "one", "other"]
    #expect(try lab.pvh(rename).status == 0)
    for name in ["one", "other"] {
      let shown = try lab.pvh("show", name)
      #expect(shown.text.contains(try Regex("number: +\(number)\n")), "\(shown.text)")
    }
    let second = try lab.pvh("create", Checkout.guest("idle"), "--name", "one")
    #expect(second.status == 125)
    #expect(second.errors.contains("a detached domain is named \"one\" already"))
    #expect(try lab.pvh("destroy", "one").status == 0)
    try lab.expectNothingLeft()
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
}
