// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

/// xenstored is replaced while it runs, and killed and started again: between commands nobody
/// notices, and during one each call ends.
enum Restarts {
  private static let updates = 5
  /// Milliseconds in which a call has to end when xenstored is dead.
  private static let patience = 30_000

  /// xenstored's process in dom0, for a shell.
  private static let process = "$(cat /run/xenstored.pid)"

  static func perform(_ soak: Soak) throws -> [SoakLine] {
    // How it was started; one that has taken over says more.
    let command = try soak.lab.observer.run("tr '\\0' ' ' </proc/\(process)/cmdline")
    return try replace(soak) + kill(soak, startingWith: command)
  }

  /// Live update: the new program takes over connections, watches and nodes.
  private static func replace(_ soak: Soak) throws -> [SoakLine] {
    let observer = soak.lab.observer
    guard try observer.run("which xenstore-control || true").isEmpty == false else {
      return [SoakLine("xenstored replaced", "this lab has no xenstore-control")]
    }
    let agent = try soak.lab.agent()
    defer { agent.close() }
    func run(_ loader: DomainLoader) throws {
      let request = RunRequest(
        name: "live", memoryKiB: 4096, timeLimitMilliseconds: 60_000, loader: loader)
      let result = try agent.client.run(request, kernel: soak.hello)
      guard result.outcome == .exited(0) else { throw SoakError.guestFailed("\(result.outcome)") }
    }
    for loader in DomainLoader.allCases { try run(loader) }
    let before = try Census(soak.lab)
    var failed = 0
    let updates = min(updates, soak.rounds)
    for _ in 0..<updates {
      do {
        try observer.run(
          "xenstore-control live-update $(readlink /proc/\(process)/exe) >/dev/null")
        for loader in DomainLoader.allCases { try run(loader) }
      } catch {
        failed += 1
        soak.say("live update: \(error)")
      }
    }
    return [
      SoakLine(
        "\(updates) live updates of xenstored between commands", "\(failed) failed",
        isGood: failed == 0)
    ] + before.lines(until: try Census(soak.lab))
  }

  /// Killed: what it knew is lost, and so are all connections.
  private static func kill(
    _ soak: Soak, startingWith command: String
  ) throws -> [SoakLine] {
    let observer = soak.lab.observer
    let agent = try soak.lab.agent()
    defer { agent.close() }
    try observer.run(
      "p=\(process); kill -9 $p; while [ -e /proc/$p ]; do usleep 10000; done")
    var lines = [
      try line(soak, agent, "list") { try agent.client.send(.list) },
      try line(soak, agent, "destroy") {
        try agent.client.send(.act(DomainAction(.destroy, on: "none")))
      },
    ]
    for loader in DomainLoader.allCases {
      let request = RunRequest(name: "orphan", memoryKiB: 4096, loader: loader)
      lines.append(
        try line(soak, agent, "create, \(loader.rawValue)") {
          try agent.begin(request, image: soak.hello) { .create($0, startsPaused: true) }
        })
    }
    lines.append(greeting(soak))
    // As the lab's init does it; xenconsoled has lost its connection, too.
    try observer.run(
      """
      rm -f /run/xenstored.pid /var/lib/xenstored/tdb*
      \(command)
      for try in $(seq 100); do [ -S /run/xenstored/socket ] && break; usleep 20000; done
      xen-init-dom0 >/dev/null
      kill -9 $(pidof xenconsoled); xenconsoled --pid-file=/run/xenconsoled.pid
      """)
    return try lines + afterwards(soak)
  }

  /// What an old conversation answers.
  private static func line(
    _ soak: Soak, _ agent: SoakLab.Agent, _ what: String, _ ask: () throws -> Void
  ) throws -> SoakLine {
    let name = "  xenstored dead: \(what)"
    let clock = ContinuousClock()
    let start = clock.now
    try ask()
    while true {
      switch try agent.client.next(timeoutMilliseconds: patience) {
      case .timedOut: return SoakLine(name, "hangs", isGood: false)
      case .event(.failed(let failure)):
        let milliseconds = Int(start.duration(to: clock.now) / .milliseconds(1))
        soak.say("\(what): \(failure.message)")
        return SoakLine(name, "\(failure.kind.rawValue) after \(milliseconds) ms", isGood: true)
      case .event(.done), .event(.domains): return SoakLine(name, "done", isGood: false)
      default: continue
      }
    }
  }

  /// What a new conversation begins with.
  private static func greeting(_ soak: Soak) -> SoakLine {
    let name = "  xenstored dead: a new conversation"
    do {
      _ = try soak.lab.agent()
      return SoakLine(name, "begins", isGood: false)
    } catch AgentError.failed(let failure) {
      return SoakLine(
        name, "\(failure.kind.rawValue)", isGood: failure.kind == .toolstack(.xenUnavailable))
    } catch {
      return SoakLine(name, "\(error)", isGood: false)
    }
  }

  private static func afterwards(_ soak: Soak) throws -> [SoakLine] {
    let agent = try soak.lab.agent()
    defer { agent.close() }
    var failed = 0
    for loader in DomainLoader.allCases {
      let request = RunRequest(
        name: "later", memoryKiB: 4096, timeLimitMilliseconds: 60_000, loader: loader)
      do {
        let result = try agent.client.run(request, kernel: soak.hello)
        guard result.outcome == .exited(0) else {
          throw SoakError.guestFailed("\(result.outcome)")
        }
      } catch {
        failed += 1
        soak.say("after the restart: \(error)")
      }
    }
    let left = try agent.client.list().count - 1
    return [
      SoakLine(
        "xenstored killed and started: runs afterwards", "\(failed) failed", isGood: failed == 0),
      SoakLine("  domains left", "\(left)", isGood: left == 0),
    ]
  }
}
