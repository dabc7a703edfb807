// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

/// Domains as a table for people.
struct DomainTable {
  let lines: [String]

  init(_ domains: [DomainSummary]) {
    var table = TextTable(
      ["ID", "NAME", "STATE", "MEMORY", "VCPUS", "CPU TIME"], numbers: [0, 3, 4, 5])
    for domain in domains {
      table.add([
        "\(domain.domainID)", domain.name.isEmpty ? "-" : domain.name, Self.word(domain.state),
        Self.memory(domain.memoryKiB), "\(domain.vcpuCount)", Self.time(domain.cpuNanoseconds),
      ])
    }
    lines = table.lines.map { String($0.dropFirst(2)) }
  }

  private static func word(_ state: DomainSummary.State) -> String {
    state == .shutDown ? "shut down" : state.rawValue
  }

  /// The special pages, a few KiB, are in it.
  private static func memory(_ kibibytes: Int) -> String {
    kibibytes < 1024 ? "\(kibibytes) KiB" : "\(kibibytes / 1024) MiB"
  }

  private static func time(_ nanoseconds: Int) -> String {
    let hundredths = nanoseconds / 10_000_000
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
  }
}
