// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureCatalogue
import Foundation
import Testing

/// The fixtures that use a known amount of something, and what they say of their launcher.
@Suite(.lab, .serialized) struct FixtureLoadTests {
  private let fixtures: FixtureLab

  init() throws { fixtures = try FixtureLab("load") }

  /// Seconds of CPU that Xen has counted.
  private func seconds(_ fixture: String) throws -> Double {
    let text = try fixtures.dom0("xl list $1 | awk 'NR == 2 { print $6 }'", fixture)
    return try #require(Double(text.dropLast()), "\(text)")
  }

  /// Those of `spin` and of `duty-cycle` at one moment.
  private func both() throws -> (all: Double, part: Double) {
    let text = try fixtures.dom0(
      "xl list | awk '$1 == \"spin\" || $1 == \"duty-cycle\" { print $1, $6 }'")
    let times = Dictionary(
      text.split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return (String(words[0]), Double(words[1]) ?? 0)
      }, uniquingKeysWith: { $1 })
    return (try #require(times["spin"], "\(text)"), try #require(times["duty-cycle"], "\(text)"))
  }

  @Test func theirLoadIsThatOfTheirNames() throws {
    try fixtures.start("halt")
    let deaf = try seconds("halt")
    try fixtures.start("spin")
    let start = try seconds("spin")
    try fixtures.lab.wait { try self.seconds("spin") > start + 2 }
    #expect(try seconds("halt") < deaf + 0.3)
    try fixtures.dom0("xl shutdown $1", "spin")
    #expect(try fixtures.lab.pvh("wait", "spin").status == 0)
    for fixture in ["halt", "spin"] { try fixtures.destroy(fixture) }

    // One beside the other, so that a slow machine slows both.
    try fixtures.start("spin", "deaf=1")
    try fixtures.start("duty-cycle", "percent=10")
    let before = try both()
    try fixtures.lab.wait { try self.seconds("spin") > before.all + 3 }
    let after = try both()
    let (part, all) = (after.part - before.part, after.all - before.all)
    #expect(part > 0 && part < 0.8 * all, "\(part) of \(all)")
    for fixture in ["duty-cycle", "spin"] { try fixtures.destroy(fixture) }
  }

  @Test func memoryIsTouchedAndKept() throws {
    for pattern in ["address", "alternate"] {
      let result = try fixtures.run("memory-touch", "pattern=\(pattern)", memory: "24")
      #expect(result.status == 0, "\(result.text)")
      let bytes = try #require(result.text.firstMatch(of: #/"bytes":(\d+),"wrong":0/#))
      #expect((Int(bytes.1) ?? 0) > 20 << 20)
    }
    let tooMuch = try fixtures.run("memory-hog", "mib=64", memory: "24")
    #expect(tooMuch.status == 99)
    #expect(tooMuch.text.contains("mib=64: there are"), "\(tooMuch.text)")
    try fixtures.start("memory-hog", "mib=8 dirty=1000", memory: "24")
    #expect(try fixtures.log("memory-hog").contains("\"pages\":2048"))
    try fixtures.dom0("xl shutdown $1", "memory-hog")
    #expect(try fixtures.lab.pvh("wait", "memory-hog").status == 0)
    try fixtures.destroy("memory-hog")
  }

  /// xl sets the target, and says what the domain has.
  @Test func theBalloonFollowsOrDoesNot() throws {
    for (mode, follows) in [("follow", true), ("refuse", false), ("lie", false)] {
      let made = try fixtures.lab.pvh(
        "create", Checkout.fixture("balloon"), "--name", "balloon", "--loader", "libxl",
        "--memory", "48", "--cmdline", "mode=\(mode)")
      #expect(made.status == 0, "\(made.errors)")
      let offered = "/local/domain/$1/control/feature-poweroff"
      try fixtures.lab.wait {
        try self.fixtures.dom0("xenstore-read \(offered)", "balloon") == "1\n"
      }
      let list = "xl list $1 | awk 'NR == 2 { print $3 }'"
      let before = try #require(Int(try fixtures.dom0(list, "balloon").dropLast()))
      try fixtures.dom0("xl mem-set $1 32", "balloon")
      let said = "xenstore-read /local/domain/$1/data/balloon"
      switch mode {
      case "follow":
        try fixtures.lab.wait {
          (Int(try self.fixtures.dom0(list, "balloon").dropLast()) ?? 99) <= 33
        }
        try fixtures.dom0("xl mem-set $1 40", "balloon")
        try fixtures.lab.wait {
          (Int(try self.fixtures.dom0(list, "balloon").dropLast()) ?? 0) >= 39
        }
      case "lie":
        try fixtures.lab.wait { try !self.fixtures.dom0(said, "balloon").isEmpty }
      default: break
      }
      if !follows {
        #expect(Int(try fixtures.dom0(list, "balloon").dropLast()) == before, "\(mode)")
      }
      try fixtures.destroy("balloon")
    }
  }

  @Test func theClockGoesForward() throws {
    let result = try fixtures.run("clock", "lines=5 every=10")
    #expect(result.status == 0, "\(result.text)")
    let times = result.text.matches(of: #/"ns":(\d+),"tsc":(\d+),"seconds":(\d+)/#)
    #expect(times.count == 5)
    for (earlier, later) in zip(times, times.dropFirst()) {
      #expect(try #require(Int(earlier.1)) + 10_000_000 <= #require(Int(later.1)))
      #expect(try #require(Int(earlier.2)) < #require(Int(later.2)))
    }
  }

  /// The report's judgement of both loaders, in the form that other programs read.
  @Test func theReportJudgesItsLauncher() throws {
    let module = Checkout.root.appending(path: "LICENSE").path
    let line = "one  two=\"3\" want-modules=1 want-memory=16"
    for (loader, failing) in [
      // libxenlight's nodes for libvirt and others, which the direct builder leaves out.
      ("xenguest", ["TS-38", "TS-39", "TS-40", "TS-41", "TS-42"]), ("libxl", []),
    ] {
      let result = try fixtures.run(
        "report", line, more: ["--loader", loader, "--module", module, "--format", "tap"])
      #expect(result.status == (failing.isEmpty ? 0 : 1), "\(loader): \(result.text)")
      #expect(result.text.hasPrefix("TAP version 13\n1..25\n# fixture: report\n"))
      let failed = result.text.matches(of: #/not ok \d+ - (\S+)/#).map { String($0.1) }
      #expect(failed == failing, "\(loader): \(result.text)")
    }
    let wrong = try fixtures.run("report", "want-modules=2", more: ["--format", "tap"])
    #expect(wrong.text.contains("message: \"0 modules\""), "\(wrong.text)")
    let console = try fixtures.run("report", line, more: ["--module", module])
    #expect(console.text.contains(#""text":"one  two=\"3\" want-modules=1 want-memory=16""#))
    #expect(console.text.contains("\"t\":\"xen\",\"major\":4"))
  }

  /// Without Xen: QEMU alone.
  @Test func theReportRunsWithoutXen() throws {
    let result = try PVHCommand("run", Checkout.fixture("report"), "--on", "qemu").finish()
    #expect(result.text.contains("\"t\":\"start-info\""), "\(result.errors)")
    #expect(result.text.contains("\"id\":\"TS-34\",\"r\":\"skip\",\"note\":\"there is no Xen\""))
    #expect(result.text.contains("\"t\":\"end\""))
  }
}
