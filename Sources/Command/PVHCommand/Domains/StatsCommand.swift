// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostJSON

/// `pvh stats`: what domains use.
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Shows how much processor time, memory and network domains use.",
    discussion: """
      The share of the processors is that of the time between two looks; 100 % is one processor. With \
      --every the table is printed again and again, until Ctrl-C. What went through network interfaces is \
      counted from the guest's start on, and from its side. What --json prints, a line each \
      time, is in docs/domains-json.md.

      Examples:
        pvh stats
        pvh stats web --every 5
      """)

  @Argument(
    help: "Names or numbers of domains; default: all.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domains: [String] = []

  @OptionGroup var target: TargetOptions

  @Option(help: "Seconds between samples; without it, one table after one second.")
  var every: Double?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let every, !(0.1...3600).contains(every) {
      throw ValidationError("--every \(every): give a number of seconds from 0.1 to 3600")
    }
  }

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    var last = try UsageSample(agent, domains)
    repeat {
      usleep(UInt32((every ?? 1) * 1_000_000))
      let next = try UsageSample(agent, domains)
      let usages = next.usages(since: last)
      last = next
      if json {
        try Terminal.write(JSONValue.array(usages.map(\.json)).serialised() + [0x0a])
      } else {
        let style = OutputStyle.standardOutput
        for line in DomainUsage.table(usages, style) { try Terminal.write(styled: line) }
      }
    } while every != nil
  }
}

/// The domains at one moment.
struct UsageSample {
  private let domains: [DomainSummary]
  private let interfaces: [Int: [InterfaceSummary]]
  private let time = ContinuousClock.now

  /// Looks at all domains that exist, or at some by their names or numbers.
  init(_ agent: AgentConnection, _ wanted: [String]) throws(Problem) {
    let all = try agent.domains().filter { $0.domainID != nil }
    domains = all.filter { domain in
      wanted.isEmpty || wanted.contains(domain.name)
        || wanted.contains("\(domain.domainID ?? 0)")
    }
    interfaces = Dictionary(
      grouping: try agent.ask { client throws(AgentError) in try client.interfaces() },
      by: \.domainID)
    let missing = wanted.first { name in
      !all.contains { $0.name == name || "\($0.domainID ?? 0)" == name }
    }
    if let missing {
      // The agent knows what may have been meant.
      _ = try agent.ask { client throws(AgentError) in try client.show(missing) }
      throw Problem("\"\(missing)\" is not running")
    }
  }

  /// What each domain, that was there then, has used since an earlier moment.
  func usages(since earlier: UsageSample) -> [DomainUsage] {
    let nanoseconds = max(1, (time - earlier.time) / .nanoseconds(1))
    return domains.compactMap { domain in
      guard let before = earlier.domains.first(where: { $0.uuid == domain.uuid }),
        let now = domain.cpuNanoseconds, let then = before.cpuNanoseconds
      else { return nil }
      let used = Double(now - then)
      return DomainUsage(
        domain: domain, thousandths: Int((used / nanoseconds * 1000).rounded()),
        interfaces: interfaces[domain.domainID ?? 0] ?? [])
    }
  }
}

/// What one domain has used.
struct DomainUsage {
  let domain: DomainSummary
  /// Thousandths of one processor.
  let thousandths: Int
  let interfaces: [InterfaceSummary]

  /// The domain's summary, with what it used.
  var json: JSONValue {
    guard case .object(let members) = domain.json else { return domain.json }
    var result = members + [JSONMember("cpuThousandths", .integer(thousandths))]
    if !interfaces.isEmpty {
      result.append(JSONMember("interfaces", .array(interfaces.map(\.json))))
    }
    return .object(result)
  }

  /// Bytes and packets in one direction, through all interfaces together; nil if there is none.
  private func traffic(
    _ bytes: KeyPath<InterfaceSummary.Traffic, Int>,
    _ packets: KeyPath<InterfaceSummary.Traffic, Int>
  ) -> String? {
    let all = interfaces.compactMap(\.traffic)
    guard !all.isEmpty else { return nil }
    let sums = (all.map { $0[keyPath: bytes] }, all.map { $0[keyPath: packets] })
    return "\(Terminal.size(sums.0.reduce(0, +))) in \(sums.1.reduce(0, +))"
  }

  /// A table for people; what there is of networks is in it if a domain has one.
  static func table(_ usages: [DomainUsage], _ style: OutputStyle) -> [String] {
    let hasNetwork = usages.contains { !$0.interfaces.isEmpty }
    let network = hasNetwork ? ["RECEIVED", "SENT"] : []
    var table = TextTable(
      ["ID", "NAME", "STATE", "CPU", "CPU TIME", "MEMORY", "VCPUS"] + network,
      numbers: hasNetwork ? [0, 3, 4, 5, 6, 7, 8] : [0, 3, 4, 5, 6])
    for usage in usages {
      let domain = usage.domain
      table.add(
        [
          "\(domain.domainID ?? 0)", domain.name.isEmpty ? "-" : domain.name, domain.stateWords,
          "\(usage.thousandths / 10).\(usage.thousandths % 10) %",
          domain.cpuNanoseconds.map(DomainFormatting.time) ?? "-",
          DomainFormatting.memory(domain.memoryKiB),
          "\(domain.vcpuCount)",
        ]
          + (hasNetwork
            ? [
              usage.traffic(\.receivedBytes, \.receivedPackets) ?? "-",
              usage.traffic(\.sentBytes, \.sentPackets) ?? "-",
            ] : []),
        colors: [2: domain.stateColor].compactMapValues(\.self))
    }
    return table.lines(style, flexible: 1)
  }
}
