// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import StartInfoRecords
import SystemPackage

/// Guest memory with start info in it.
struct MemoryDump {
  private let name: String
  private let bytes: [UInt8]
  /// Guest-physical address of the first byte.
  private let base: UInt64
  /// Where the start info is among the bytes.
  private let place: Int

  /// More than this is not looked through.
  private static let limit = 1 << 30

  /// Reads a file; without a base, the addresses in the start info say where it was.
  init(file: FilePath, base: UInt64?) throws(Problem) {
    name = file.string
    bytes = try File.read(file, limit: Self.limit)
    guard let place = StartInfoSearch.offset(in: bytes) else {
      throw Problem("\(file) has no start info: its magic, 0x336ec578, begins none of its pages")
    }
    self.place = place
    self.base = base ?? StartInfoSearch.base(of: bytes, at: place)
  }

  /// Reads a domain's memory where the domain is.
  init(of domain: String, _ agent: AgentConnection) throws(Problem) {
    let details = try agent.ask { client throws(AgentError) in try client.show(domain) }
    guard let number = details.summary.domainID else {
      throw Problem("\"\(domain)\" is not running, so it has no memory")
    }
    // The shell is a child of the agent, and becomes another one.
    let output = try agent.ask { client throws(AgentError) in
      try client.execute(["sh", "-c", "exec /proc/$PPID/exe start-info \(number)"])
    }
    guard output.ending == .exited(0), output.standardOutput.count > 8 else {
      let lines = String(decoding: output.standardError, as: UTF8.self).split(separator: "\n")
      throw Problem(
        "the start info of \(domain) cannot be read", details: lines.map(String.init))
    }
    name = domain
    base = output.standardOutput.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    bytes = Array(output.standardOutput.dropFirst(8))
    place = 0
  }

  /// The start info, for people.
  func startInfo() throws(Problem) -> StartInfoText {
    let address = base &+ UInt64(place)
    do throws(StartInfoError) {
      let record = try StartInfoRecord(decoding: bytes, at: base, address: address)
      return StartInfoText(record: record, address: address)
    } catch {
      throw Problem(
        "\(name): \(error), if the memory begins at \(hex(base)); say where it does: --address")
    }
  }
}
