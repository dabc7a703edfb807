// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import JSON

/// The domains at one moment.
struct UsageSample {
  private let domains: [DomainSummary]
  private let time = ContinuousClock.now

  /// Looks at all domains that exist, or at some by their names or numbers.
  init(_ agent: AgentConnection, _ wanted: [String]) throws(Problem) {
    let all = try agent.domains().filter { $0.domainID != nil }
    domains = all.filter { domain in
      wanted.isEmpty || wanted.contains(domain.name)
        || wanted.contains("\(domain.domainID ?? 0)")
    }
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
      return DomainUsage(domain: domain, thousandths: Int((used / nanoseconds * 1000).rounded()))
    }
  }
}

/// What one domain has used.
struct DomainUsage {
  let domain: DomainSummary
  /// Thousandths of one processor.
  let thousandths: Int

  /// The domain's summary, with what it used.
  var json: JSONValue {
    guard case .object(let members) = domain.json else { return domain.json }
    return .object(members + [JSONMember("cpuThousandths", .integer(thousandths))])
  }

  /// A table for people.
  static func table(_ usages: [DomainUsage], _ style: OutputStyle) -> [String] {
    var table = TextTable(
      ["ID", "NAME", "STATE", "CPU", "CPU TIME", "MEMORY", "VCPUS"], numbers: [0, 3, 4, 5, 6])
    for usage in usages {
      let domain = usage.domain
      table.add(
        [
          "\(domain.domainID ?? 0)", domain.name.isEmpty ? "-" : domain.name, domain.stateWords,
          "\(usage.thousandths / 10).\(usage.thousandths % 10) %",
          domain.cpuNanoseconds.map(DomainFormatting.time) ?? "-",
          DomainFormatting.memory(domain.memoryKiB),
          "\(domain.vcpuCount)",
        ], colors: [2: domain.stateColor].compactMapValues(\.self))
    }
    return table.lines(style, flexible: 1)
  }
}
