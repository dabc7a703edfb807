// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Testing
import XenDomainModel

@testable import PVHCommand

/// `pvh run --timeline`: what took how long.
@Suite struct Timelines {
  private let timeline: RunTimeline = {
    var timeline = RunTimeline()
    timeline.add("Xen ready", 6000)
    timeline.add(
      RunTimings(
        create: 3000, attach: 0, unpauseToFirstByte: 500, unpauseToShutdown: 1000, drain: 0,
        destroy: 2000))
    return timeline
  }()

  @Test func stepsFollowEachOther() {
    #expect(timeline.steps.map(\.duration) == [6000, 3000, 0, 500, 500, 0, 2000])
    #expect(timeline.steps.map(\.start) == [0, 6000, 9000, 9000, 9500, 10000, 10000])
  }

  @Test func barsFillTheTerminal() {
    let lines = timeline.lines(columns: 55)
    #expect(lines.first?.prefix(31) == "Xen ready              6.0 ms  ")
    #expect(lines.last == "in all                12.0 ms")
    #expect(
      lines.dropLast().map { String($0.dropFirst(31)) } == [
        "████████████",
        "            ██████",
        "                  ▏",
        "                  █",
        "                   █",
        "                    ▏",
        "                    ████",
      ])
  }

  @Test(arguments: [0, 1, 20, 40, 80, 300])
  func noLineIsWiderThanTheTerminal(columns: Int) {
    let narrowest = timeline.lines(columns: 0).map(\.count).max() ?? 0
    for line in timeline.lines(columns: columns) {
      #expect(line.count <= max(columns, narrowest), "\(line)")
    }
  }

  /// A guest that printed nothing, or ended before its output was here.
  @Test func aShutdownBeforeTheFirstByteTakesNoTime() {
    var early = RunTimeline()
    early.add(RunTimings(unpauseToFirstByte: 900, unpauseToShutdown: 700))
    #expect(early.steps.first { $0.name == "guest: to shutdown" }?.duration == 0)
    var silent = RunTimeline()
    silent.add(RunTimings(unpauseToShutdown: 700))
    #expect(silent.steps.map(\.name).contains("guest: to first byte") == false)
    #expect(silent.steps.first { $0.name == "guest: to shutdown" }?.duration == 700)
  }

  @Test func marksLieAmongWhatTheHostSaw() {
    let marks = [("entry", 100), ("run", 300), ("\"warm\"", 300), ("end of run", 950)]
    var marked = RunTimeline()
    marked.add(
      RunTimings(
        unpauseToFirstByte: 900, unpauseToShutdown: 1000,
        marks: GuestMarks(
          marks.map { GuestMarks.Mark(name: $0, microseconds: $1) }, lostCount: 2)))
    let steps = marked.steps.filter { $0.name.hasPrefix("guest: ") }
    #expect(
      steps.map(\.name) == [
        "guest: to entry", "guest: to run", "guest: to \"warm\"", "guest: to first byte",
        "guest: to end of run", "guest: to shutdown",
      ])
    #expect(steps.map(\.duration) == [100, 200, 0, 600, 50, 50])
    #expect(
      marked.lines(columns: 80).last == "the guest made 2 more marks than there is room for")
  }

  @Test(arguments: [
    (["--json"], "--json is the form of --timeline"),
    (["--timeline", "--detach"], "--timeline is for a run that ends with the command"),
    (["--timeline", "--on", "qemu"], "--timeline is for a run that ends with the command"),
  ])
  func whatHasNoTimelineIsRefused(options: [String], words: String) throws {
    let result = try PVHCommand(["run", "some.pvh"] + options).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
