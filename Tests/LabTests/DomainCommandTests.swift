// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Domains that outlive the command that made them, in a lab that stays up.
@Suite(.lab, .serialized) struct DomainCommandTests {
  @Test(arguments: ["libxl", "xenguest"])
  func aLifeFromCreateToDestroy(loader: String) throws {
    let labs = try StandingLabs()
    try labs.start("life")
    let place = ["--on", "lab:life"]
    func pvh(_ words: String...) throws -> PVHCommand.Result {
      try labs.command(words + place).finish()
    }
    #expect(try pvh("list").text.isEmpty)
    let idle = Checkout.guest("idle")
    let created = try pvh("create", idle, "--name", "one", "--loader", loader, "--paused")
    #expect(created.status == 0, "\(created.errors)")
    let number = created.text.trimmingCharacters(in: .newlines)
    #expect(try pvh("list", "--quiet").text == "\(number)\n")
    #expect(try pvh("list").text.contains("one   paused  16 MiB      1    0.00 s"))
    #expect(try pvh("unpause", "one").status == 0)
    #expect(try pvh("list", "--state", "paused").text.isEmpty)
    #expect(try pvh("pause", number).status == 0)
    let json = try pvh("list", "--json").output
    let list = try #require(try JSONSerialization.jsonObject(with: json) as? [[String: Any]])
    #expect(list.map { $0["name"] as? String } == ["one"])
    #expect(list[0]["state"] as? String == "paused")
    #expect("\(try #require(list[0]["domainID"] as? Int))" == number)
    // The name is taken, for either loader.
    for other in ["libxl", "xenguest"] {
      let second = try pvh("create", idle, "--name", "one", "--loader", other)
      #expect(second.status == 125)
      #expect(second.errors.contains("domain \(number) is named \"one\" already"))
    }
    let deaf = try pvh("shutdown", "one")
    #expect(deaf.status == 125)
    #expect(deaf.errors.contains("paused"), "\(deaf.errors)")
    #expect(try pvh("unpause", "one").status == 0)
    #expect(try pvh("wait", "one", "--timeout", "0.3").status == 124)
    #expect(try pvh("shutdown", "one", "--timeout", "300").status == 0)
    #expect(try pvh("list").text.isEmpty)
    try expectNothingLeft(labs, "life")
  }

  @Test func theGuestsStatusIsThatOfWait() throws {
    let labs = try StandingLabs()
    try labs.start("status")
    let place = ["--on", "lab:status"]
    func pvh(_ words: String...) throws -> PVHCommand.Result {
      try labs.command(words + place).finish()
    }
    for (image, line, status) in [("exit-status", "7", 7), ("crash", "triple-fault", 134)] {
      let made = try pvh(
        "create", Checkout.guest(image), "--name", "guest", "--cmdline", line, "--loader",
        "xenguest", "--memory", "512K")
      #expect(made.status == 0, "\(made.errors)")
      #expect(try pvh("wait", "guest").status == Int32(status))
      // It stays, for those who want to look at it.
      #expect(try pvh("list").text.contains(status == 134 ? "crashed" : "shut down"))
      #expect(try pvh("destroy", "guest").status == 0)
    }
    try expectNothingLeft(labs, "status")
  }

  @Test func theConsoleIsThereForWhoComesLater() throws {
    let labs = try StandingLabs()
    try labs.start("console")
    let place = ["--on", "lab:console"]
    func pvh(_ words: String..., input: String = "") throws -> PVHCommand.Result {
      try labs.command(words + place, input: input).finish()
    }
    let hello = try pvh("create", Checkout.example("hello"), "--name", "hello")
    #expect(hello.status == 0, "\(hello.errors)")
    #expect(try pvh("wait", "hello").status == 0)
    let late = try pvh("console", "hello")
    #expect(late.text == "hello from domain 1\n")
    #expect(late.status == 0)
    let echo = try pvh(
      "create", Checkout.example("echo"), "--name", "echo", "--loader", "xenguest")
    #expect(echo.status == 0, "\(echo.errors)")
    let typed = try pvh("console", "echo", input: "one\nbye\n")
    #expect(typed.text.contains("you said: one\n"))
    #expect(typed.status == 0, "\(typed.errors)")
    #expect(try pvh("destroy", "hello", "echo").status == 0)
    try expectNothingLeft(labs, "console")
  }

  @Test func theConsoleIsLeftByAKeyAndTheGuestGoesOn() throws {
    let labs = try StandingLabs()
    try labs.start("leave")
    let place = ["--on", "lab:leave"]
    let made = try labs.command(["create", Checkout.guest("idle"), "--name", "idle"] + place)
      .finish()
    #expect(made.status == 0, "\(made.errors)")
    // script(1) makes a terminal.
    let left = try labs.command(
      [
        "-qec",
        """
        before=$(stty -g); \(Checkout.pvh.path) console idle --on lab:leave || exit
        [ "$before" = "$(stty -g)" ] && echo as before
        """,
        "/dev/null",
      ],
      input: "\u{1d}", program: URL(filePath: "/usr/bin/script")
    ).finish()
    #expect(left.status == 0, "\(left.text)")
    #expect(left.text.contains("the console of idle; Ctrl-] leaves it"), "\(left.text)")
    #expect(left.text.contains("as before"), "\(left.text)")
    #expect(try labs.command(["list"] + place).finish().text.contains("idle  blocked"))
  }

  @Test func aPlanIsPrintedAndNothingIsDone() throws {
    let labs = try StandingLabs()
    try labs.start("plan")
    let place = ["--on", "lab:plan"]
    let plan = try labs.command(
      ["create", Checkout.guest("idle"), "--name", "idle", "--memory", "512K", "--dry-run"] + place
    ).finish()
    #expect(plan.status == 0, "\(plan.errors)")
    let lines = plan.text.split(separator: "\n")
    #expect(lines.first == "hypercall: make a PVH domain with 1 vCPUs at most")
    #expect(lines.contains("xenstore: write /local/domain/N/name = \"idle\""))
    #expect(lines.last == "hypercall: unpause it")
    #expect(lines.count { $0.hasPrefix("xenstore: ") } == 15)
    try expectNothingLeft(labs, "plan")
    #expect(try labs.command(["list"] + place).finish().text.isEmpty)
  }

  @Test func everyFailureIsReported() throws {
    let labs = try StandingLabs()
    try labs.start("failures")
    let place = ["--on", "lab:failures"]
    let made = try labs.command(
      ["create", Checkout.guest("spin"), "--name", "here", "--loader", "xenguest"] + place
    ).finish()
    #expect(made.status == 0, "\(made.errors)")
    let result = try labs.command(["destroy", "nowhere", "here", "0"] + place).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("no domain is called \"nowhere\"; there are here"))
    #expect(result.errors.contains("domain 0 is the control domain itself"))
    // The one that exists is gone all the same.
    #expect(try labs.command(["list"] + place).finish().text.isEmpty)
  }

  @Test func withoutALabThereAreNoDomains() throws {
    let labs = try StandingLabs()
    let list = try labs.command(["list", "--on", "lab"]).finish()
    #expect(list.status == 0)
    #expect(list.text.isEmpty)
    #expect(list.errors.contains("no lab is up"))
    let pause = try labs.command(["pause", "x", "--on", "lab"]).finish()
    #expect(pause.status == 125)
    #expect(pause.errors.contains("pvh lab start"))
  }

  private func expectNothingLeft(_ labs: StandingLabs, _ lab: String) throws {
    try expectNoDomainInXenstore {
      try labs.pvh("lab", "exec", lab, "--", "xenstore-list", $0).text
    }
  }
}
