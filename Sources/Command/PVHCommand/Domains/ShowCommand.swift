// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostJSON
import HostSystem
import XenDomainModel

/// `pvh show`: all about one domain.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows all about a domain.",
    discussion: """
      What --json prints is in docs/domains-json.md.

      Example: pvh show web
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    let details = try agent.ask { client throws(AgentError) in try client.show(domain) }
    var disks: [DiskSummary] = []
    var interfaces: [InterfaceSummary] = []
    if details.summary.domainID != nil {
      try agent.ask { client throws(AgentError) in
        disks = try client.disks(of: domain)
        interfaces = try client.interfaces(of: domain)
      }
    }
    if json {
      return try Terminal.write(Self.json(details, disks, interfaces).serialised() + [0x0a])
    }
    for line in DomainDetailsText(details, disks, interfaces).lines { try Terminal.write(line) }
  }

  /// Source: `docs/domains-json.md`.
  private static func json(
    _ details: DomainDetails, _ disks: [DiskSummary], _ interfaces: [InterfaceSummary]
  ) -> JSONValue {
    guard case .object(var members) = details.json else { return details.json }
    if !disks.isEmpty { members.append(JSONMember("disks", .array(disks.map(\.json)))) }
    if !interfaces.isEmpty {
      members.append(JSONMember("interfaces", .array(interfaces.map(\.json))))
    }
    return .object(members)
  }
}

/// One domain, as text for people: a fact a line.
struct DomainDetailsText {
  private var facts: [(name: String, value: String)] = []

  init(
    _ details: DomainDetails, _ disks: [DiskSummary] = [], _ interfaces: [InterfaceSummary] = []
  ) {
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
    for disk in disks {
      let words = [
        disk.path, disk.byteCount.map { Terminal.size($0) }, disk.isReadOnly ? "read only" : nil,
        disk.isConnected ? nil : "not connected",
      ]
      add("disk \(disk.name)", words.compactMap(\.self).joined(separator: ", "))
    }
    for interface in interfaces {
      let words = [
        interface.bridge, interface.mac, interface.address?.description,
        interface.traffic.map {
          "received \(Terminal.size($0.receivedBytes)), sent \(Terminal.size($0.sentBytes))"
        }, interface.isConnected ? nil : "not connected",
      ]
      add("interface \(interface.number)", words.compactMap(\.self).joined(separator: ", "))
    }
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

  var lines: [String] {
    let width = (facts.map(\.name.count).max() ?? 0) + 2
    return facts.map { fact in
      "\(fact.name):" + String(repeating: " ", count: width - fact.name.count) + fact.value
    }
  }
}

/// What is said of domains to people.
enum DomainFormatting {
  /// An amount of memory; the special pages, a few KiB, are in it.
  static func memory(_ kibibytes: Int) -> String {
    kibibytes < 1024 ? "\(kibibytes) KiB" : "\(kibibytes / 1024) MiB"
  }

  /// Processor time.
  static func time(_ nanoseconds: Int) -> String {
    let hundredths = nanoseconds / 10_000_000
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) s"
  }

  /// A moment in UTC, from seconds since 1970: "2026-01-31T09:00:00Z" (ISO 8601).
  static func moment(_ seconds: Int) -> String {
    var (moment, parts) = (time_t(seconds), tm())
    gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return String(decoding: text[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension DomainSummary {
  /// What the domain is doing, or how it ended.
  var stateWords: String {
    switch state {
    case .shutDown(.crash): state.rawValue
    case .shutDown: "shut down"
    case .ended: "ended" + (supervision?.outcome.map { ": \($0)" } ?? "")
    case .running, .blocked, .paused, .dying, .gone, .waiting: state.rawValue
    }
  }

  /// What people should look at, and what is as it should be.
  var stateColor: OutputStyle.Color? {
    switch state {
    case .running, .blocked: .green
    case .paused, .waiting: .yellow
    case .shutDown(.crash): .red
    case .ended: supervision?.outcome == .crashed ? .red : .grey
    case .shutDown, .dying, .gone: .grey
    }
  }
}
