// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

/// Many creations at once, each by an agent of its own.
enum Crowds {
  private static let size = 20

  static func perform(_ soak: Soak) throws -> [SoakLine] {
    let agents = try (0..<size).map { _ in try soak.lab.agent() }
    defer { for agent in agents { agent.close() } }
    // The first round leaves what stays.
    _ = try round(soak, agents, 0)
    let before = try Census(soak.lab)
    var wrong = 0
    for number in 1...soak.rounds {
      let problems = try round(soak, agents, number)
      if !problems.isEmpty { wrong += 1 }
      for problem in problems { soak.say("round \(number): \(problem)") }
    }
    let sameName = try collide(soak, agents)
    return [
      SoakLine(
        "\(soak.rounds) rounds of \(size) creations at once", "\(wrong) with a problem",
        isGood: wrong == 0),
      SoakLine(
        "  \(size) at once with one name", "\(sameName.made) made, \(sameName.refused) refused",
        isGood: sameName.made == 1 && sameName.refused == size - 1),
    ] + before.lines(until: try Census(soak.lab))
  }

  /// Creates and destroys; returns what was not as it has to be.
  private static func round(
    _ soak: Soak, _ agents: [SoakLab.Agent], _ number: Int
  ) throws -> [String] {
    var problems: [String] = []
    for (index, agent) in agents.enumerated() {
      let loader: DomainLoader = index % 5 == 4 ? .libxl : .xenguest
      try agent.begin(
        RunRequest(name: "crowd\(index)", memoryKiB: 2048, loader: loader), image: soak.idle
      ) { .create($0, startsPaused: false) }
    }
    var made: [Int] = []
    for (index, agent) in agents.enumerated() {
      switch try answer(agent) {
      case nil: made.append(index)
      case let failure? where failure.kind == .toolstack(.consoleUnavailable):
        // libxenlight gives xenconsoled 10 s, which may be too little on a busy machine.
        soak.say("round \(number), creation \(index): \(failure.message)")
      case let failure?: problems.append("creation \(index): \(failure)")
      }
    }
    let domains = try soak.lab.domains()
    if Set(domains.map(\.domainID)).count != made.count || domains.count != made.count {
      problems.append("\(domains.count) domains of \(made.count)")
    }
    if Set(domains.map(\.name)) != Set(made.map { "crowd\($0)" }) {
      problems.append("the names \(domains.map(\.name))")
    }
    for index in made {
      try agents[index].client.send(.act(DomainAction(.destroy, on: "crowd\(index)")))
    }
    for index in made {
      if let failure = try answer(agents[index]) {
        problems.append("destruction \(index): \(failure)")
      }
    }
    return problems
  }

  /// All want the same name.
  private static func collide(
    _ soak: Soak, _ agents: [SoakLab.Agent]
  ) throws -> (made: Int, refused: Int) {
    for agent in agents {
      try agent.begin(RunRequest(name: "same", memoryKiB: 2048), image: soak.idle) {
        .create($0, startsPaused: false)
      }
    }
    var result = (made: 0, refused: 0)
    for agent in agents {
      let failure = try answer(agent)
      if failure == nil { result.made += 1 }
      if failure?.kind == .toolstack(.nameTaken) { result.refused += 1 }
    }
    for domain in try soak.lab.domains() {
      _ = try soak.lab.observer.client.act(DomainAction(.destroy, on: domain.name))
    }
    return result
  }

  /// Waits until an agent is done; returns its failure, if that was the answer.
  private static func answer(_ agent: SoakLab.Agent) throws -> Failure? {
    while true {
      switch try agent.client.next(timeoutMilliseconds: 120_000) {
      case .event(.done): return nil
      case .event(.failed(let failure)): return failure
      case .timedOut: throw SoakError.programFailed("an agent does not answer")
      default: continue
      }
    }
  }
}
