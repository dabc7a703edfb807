// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import HostSystem
import XenDomainModel

/// What a run took its time for, one step after the other.
struct RunTimeline: Encodable, Equatable {
  /// A part of the run; times are in microseconds, the start counted from that of the first.
  struct Step: Encodable, Equatable {
    var name: String
    var start: Int
    var duration: Int
  }

  private(set) var steps: [Step] = []
  /// How many of the guest's marks there was no room for, if there were any.
  private(set) var lostMarks: Int?

  /// Adds what follows; nil for what did not happen.
  mutating func add(_ name: String, _ microseconds: Int?) {
    guard let microseconds else { return }
    steps.append(Step(name: name, start: total, duration: max(0, microseconds)))
  }

  /// Adds what the agent has measured.
  mutating func add(_ timings: RunTimings) {
    add("domain built", timings.create)
    add("console attached", timings.attach)
    addGuest(timings)
    add("console drained", timings.drain)
    add("domain destroyed", timings.destroy)
  }

  /// Adds what is known of the time from unpausing to the guest's end: what it has noted itself, and what was
  /// seen of it from outside.
  private mutating func addGuest(_ timings: RunTimings) {
    let end = timings.unpauseToShutdown
    var moments = (timings.marks?.marks ?? []).map { ($0.name.printable, $0.microseconds) }
    if let first = timings.unpauseToFirstByte { moments.append(("first byte", first)) }
    // What comes at the same time stays in its order.
    let order = moments.indices.sorted { (moments[$0].1, $0) < (moments[$1].1, $1) }
    var last = 0
    for (name, moment) in order.map({ moments[$0] }) {
      // The guest may have shut down before its first byte was here.
      let reached = max(last, min(moment, end ?? moment))
      add("guest: to \(name)", reached - last)
      last = reached
    }
    add("guest: to shutdown", end.map { $0 - last })
    if let lost = timings.marks?.lostCount, lost > 0 { lostMarks = lost }
  }

  private var total: Int { steps.last.map { $0.start + $0.duration } ?? 0 }

  /// A line with a bar for each step, no wider than `columns`, and the sum.
  func lines(columns: Int) -> [String] {
    let width = steps.map(\.name.count).max() ?? 0
    let times = steps.map { Self.milliseconds($0.duration) } + [Self.milliseconds(total)]
    let timeWidth = times.map(\.count).max() ?? 0
    let room = max(0, columns - width - timeWidth - 4)
    let lines = zip(steps, times).map { step, time in
      let bar = room < 4 || total == 0 ? "" : "  " + bar(step, room: room)
      return Self.padded(step.name, width) + "  " + Self.rightward(time, timeWidth) + bar
    }
    let sum = Self.padded("in all", width) + "  " + Self.rightward(times.last ?? "", timeWidth)
    let note = lostMarks.map { "the guest made \($0) more marks than there is room for" }
    return lines + [sum] + [note].compactMap(\.self)
  }

  /// Where the step lies in the whole: at least an eighth of a column, so that each is seen.
  private func bar(_ step: Step, room: Int) -> String {
    let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    let start = min(room - 1, step.start * room / total)
    let length = min(8 * (room - start), max(1, step.duration * room * 8 / total))
    return String(repeating: " ", count: start) + String(repeating: "█", count: length / 8)
      + eighths[length % 8]
  }

  private static func milliseconds(_ microseconds: Int) -> String {
    "\(microseconds / 1000).\(microseconds / 100 % 10) ms"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: width - text.count)
  }

  private static func rightward(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: width - text.count) + text
  }
}

/// A timeline that is being measured; its moments are those of this process.
struct TimelineClock {
  private(set) var timeline = RunTimeline()
  private var last = MonotonicTime.now

  /// From the request to the news that there is a domain; nil before that.
  private var untilCreated: Int?

  /// What has gone on since the last step has been this.
  mutating func step(_ name: String) { timeline.add(name, lap()) }

  /// The domain exists.
  mutating func created() { untilCreated = lap() }

  /// Adds what the agent has measured: what is left of the time until the domain existed was the image's way.
  mutating func add(_ timings: RunTimings) {
    timeline.add("image sent", untilCreated.map { $0 - timings.create - timings.attach })
    timeline.add(timings)
  }

  private mutating func lap() -> Int {
    let now = MonotonicTime.now
    defer { last = now }
    return now.microseconds(since: last)
  }
}

/// Whether the steps of a run are shown.
struct TimelineOptions: ParsableArguments {
  @Flag(
    name: .customLong("timeline"), help: "Show at the end what took how long, on standard error.")
  var isWanted = false

  @Flag(name: .customLong("json"), help: "Show the timeline as JSON.")
  var isJSON = false

  func validate() throws {
    if isJSON, !isWanted { throw ValidationError("--json is the form of --timeline") }
  }

  /// Shows it.
  func show(_ timeline: RunTimeline) {
    if isJSON {
      // A value of our own can be written.
      return Terminal.draw((try? Terminal.text(json: timeline)) ?? "")
    }
    let columns = OutputStyle.standardError.columns ?? 80
    Terminal.draw(timeline.lines(columns: columns).map { "\($0)\n" }.joined())
  }
}
