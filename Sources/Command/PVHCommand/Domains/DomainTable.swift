// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

/// Domains as a table for people.
struct DomainTable {
  private static let nameColumn = 1
  private var table = TextTable(
    ["ID", "NAME", "STATE", "MEMORY", "VCPUS", "CPU TIME", "RESTARTS"], numbers: [0, 3, 4, 5, 6])

  init(_ domains: [DomainSummary]) {
    for domain in domains {
      table.add(
        [
          domain.domainID.map { "\($0)" } ?? "-", domain.name.isEmpty ? "-" : domain.name,
          domain.stateWords, DomainFormatting.memory(domain.memoryKiB), "\(domain.vcpuCount)",
          domain.cpuNanoseconds.map(DomainFormatting.time) ?? "-",
          domain.supervision.map { "\($0.restartCount)" } ?? "-",
        ], colors: [2: domain.stateColor].compactMapValues(\.self))
    }
  }

  /// The lines as a terminal shows them.
  func lines(_ style: OutputStyle) -> [String] {
    table.lines(style, flexible: Self.nameColumn)
  }
}
