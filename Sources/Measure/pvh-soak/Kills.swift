// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import Glibc
import HostSystem
import XenDomainModel

/// `kill -9` at random moments of a run: nothing may be left two seconds later.
enum Kills {
  static func perform(_ soak: Soak) throws -> [SoakLine] {
    let before = try Census(soak.lab)
    var lines: [SoakLine] = []
    for loader in DomainLoader.allCases {
      lines += try killAgents(soak, loader, count: (soak.kills + 1) / 2, before)
    }
    lines += try killCommands(soak, count: (soak.kills + 3) / 4, before)
    return lines + before.lines(until: try Census(soak.lab))
  }

  private static func killAgents(
    _ soak: Soak, _ loader: DomainLoader, count: Int, _ before: Census
  ) throws -> [SoakLine] {
    var tally = Tally()
    let request = RunRequest(name: "victim", memoryKiB: 8192, loader: loader)
    let span = try span(soak, request)
    for _ in 0..<count {
      let victim = try soak.lab.agent()
      let process = try victim.process()
      let delay = Int.random(in: 0...span, using: &soak.random)
      try soak.lab.observer.client.send(
        .execute(
          ExecuteRequest(arguments: ["sh", "-c", "usleep \(delay); kill -9 \(process)"])))
      try victim.begin(request, image: soak.idle, Request.run)
      try waitForOutput(soak.lab.observer)
      try tally.watch(soak, before, "\(loader), \(delay) us")
      victim.close()
    }
    return tally.lines(
      "\(count) kill -9 of the agent, \(loader.rawValue), in \(span / 1000) ms",
      limit: soak.seconds)
  }

  /// Microseconds from a request to a guest that runs, and somewhat more.
  private static func span(_ soak: Soak, _ request: RunRequest) throws -> Int {
    let agent = try soak.lab.agent()
    let run = AttendedRun(agent.client)
    let clock = ContinuousClock()
    let time = try clock.measure {
      try run.start(request, kernel: soak.idle)
      guard try run.wait(for: "idle\n") != nil else { throw SoakError.guestFailed("idle") }
    }
    try agent.client.send(.stop)
    _ = try run.finish()
    agent.close()
    return Int(time / .microseconds(1)) * 5 / 4
  }

  private static func waitForOutput(_ agent: SoakLab.Agent) throws {
    while true {
      guard case .event(let event) = try agent.client.next(timeoutMilliseconds: 60_000) else {
        throw SoakError.programFailed("kill does not end")
      }
      if case .output = event { return }
    }
  }

  private static func killCommands(
    _ soak: Soak, count: Int, _ before: Census
  ) throws -> [SoakLine] {
    var tally = Tally()
    for _ in 0..<count {
      var command = try soak.lab.start(["run", soak.idlePath, "--name", "victim"])
      let delay = UInt32.random(in: 0...1_500_000, using: &soak.random)
      usleep(min(delay, 999_999))
      usleep(delay - min(delay, 999_999))
      command.kill()
      try tally.watch(soak, before, "pvh, \(delay) us")
    }
    return tally.lines("\(count) kill -9 of pvh run", limit: soak.seconds)
  }

  /// What was seen after kills.
  private struct Tally {
    private var slowest = 0.0
    private var late = 0
    private var remains = 0
    private var hadDomain = 0

    /// Waits until nothing is left, and comes again: what was killed may have asked for a domain that
    /// does not exist yet.
    mutating func watch(_ soak: Soak, _ before: Census, _ what: String) throws {
      let clock = ContinuousClock()
      let start = clock.now
      var last = 0.0
      var looks = 0
      var wasThere = false
      var left: Set<Substring> = []
      while looks < 3 {
        let isThere = try !soak.lab.domains().isEmpty
        if !isThere { left = try Census.nodes(soak.lab).symmetricDifference(before.nodes) }
        let now = start.duration(to: clock.now) / .seconds(1)
        if isThere || !left.isEmpty { (last, looks) = (now, 0) } else { looks += 1 }
        wasThere = wasThere || isThere
        if now > 10 { break }
        usleep(isThere ? 20_000 : 100_000)
      }
      if wasThere { hadDomain += 1 }
      slowest = max(slowest, last)
      if last > soak.seconds {
        late += 1
        soak.say("\(what): something was left for \(last) s")
      }
      guard looks < 3 else { return }
      remains += 1
      soak.say("\(what): \(left.sorted().prefix(3))")
    }

    func lines(_ name: String, limit: Double) -> [SoakLine] {
      [
        SoakLine(
          name, "\(hadDomain) left a domain for a moment, \(late) longer than \(limit) s",
          isGood: late == 0),
        SoakLine("  the slowest", "\(Int(slowest * 1000)) ms"),
        SoakLine("  with other nodes in xenstore afterwards", "\(remains)", isGood: remains == 0),
      ]
    }
  }
}
