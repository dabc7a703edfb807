// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel

/// One domain, as text for people: a fact a line.
struct DomainDetailsText {
  private var facts: [(name: String, value: String)] = []

  init(_ details: DomainDetails) {
    let summary = details.summary
    add("name", summary.name.isEmpty ? nil : summary.name)
    add("number", summary.domainID.map { "\($0)" })
    add("identity", summary.uuid)
    add("state", summary.stateWords)
    add("memory", DomainFormatting.memory(summary.memoryKiB))
    add("memory limit", details.memoryLimitKiB.map(DomainFormatting.memory))
    add("page tables", details.pagingPoolKiB.map { "at most \(DomainFormatting.memory($0))" })
    add("vcpus", "\(summary.vcpuCount)")
    add("cpu time", summary.cpuNanoseconds.map(DomainFormatting.time))
    add("terminal", details.terminal)
    if let request = details.request {
      add("command line", request.domain.commandLine)
      add("loader", request.loader.rawValue)
      add("image", Terminal.size(request.kernelByteCount))
      add("module", request.moduleByteCount.map(Terminal.size))
      add("time limit", request.timeLimitMilliseconds.map { "\(Double($0) / 1000) s" })
    }
    guard let supervision = summary.supervision else { return }
    add("restart", supervision.restart.rawValue)
    add("restarts", "\(supervision.restartCount)")
    add("started", DomainFormatting.moment(supervision.startedAt))
    add("last end", supervision.outcome?.description)
    add("problem", supervision.problem)
    add("log", details.logByteCount.map(Terminal.size))
  }

  private mutating func add(_ name: String, _ value: String?) {
    if let value, !value.isEmpty { facts.append((name, value)) }
  }

  /// The lines.
  var lines: [String] {
    let width = (facts.map(\.name.count).max() ?? 0) + 2
    return facts.map { fact in
      "\(fact.name):" + String(repeating: " ", count: width - fact.name.count) + fact.value
    }
  }
}
