// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import StartInfoRecords
import SystemPackage
import XenABI

/// `pvh startinfo`: what a guest is told at its start.
struct StartInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "startinfo",
    abstract: "Shows the start info of a domain, or that in captured guest memory.",
    discussion: """
      A domain should be paused and not have run yet: a guest may use the memory for something else.

      A file is a piece of guest memory that has the start info and what it refers to in it, for \
      example a dump of the whole memory. The start info is looked for at the start of each page.

      Examples:
        pvh startinfo hello --on lab:other
        pvh startinfo --decode memory.bin --address 0x0
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String?

  @Option(help: "A file with guest memory.", completion: .file())
  var decode: String?

  @Option(
    help: "The guest-physical address of the file's first byte; default: what the addresses say.")
  var address: GuestAddress?

  @OptionGroup var target: TargetOptions

  func validate() throws {
    guard (domain == nil) != (decode == nil) else {
      throw ValidationError("give the name or number of a domain, or a file: --decode FILE")
    }
    guard address == nil || decode != nil else {
      throw ValidationError("--address says where a file's bytes were: give it with --decode")
    }
  }

  func run() throws {
    let memory: MemoryDump
    if let domain {
      let agent = try target.place.connect(for: .lasting)
      defer { agent.close() }
      memory = try MemoryDump(of: domain, agent)
    } else {
      memory = try MemoryDump(file: FilePath(decode ?? ""), base: address?.number)
    }
    for line in try memory.startInfo().lines { try Terminal.write(line) }
  }
}

/// A guest-physical address on the command line.
struct GuestAddress: ExpressibleByArgument {
  let number: UInt64

  init?(argument: String) {
    let digits = argument.hasPrefix("0x") ? argument.dropFirst(2) : argument[...]
    guard let number = UInt64(digits, radix: argument.hasPrefix("0x") ? 16 : 10) else { return nil }
    self.number = number
  }
}

/// Start info for people.
struct StartInfoText {
  let record: StartInfoRecord
  /// Where it is in guest memory.
  let address: UInt64

  var lines: [String] {
    var lines = [
      "start info at \(hex(address)), version \(record.version)",
      "  flags     \(hex(record.flags))" + (record.flags & 2 != 0 ? " (initial domain)" : ""),
      "  cmdline   " + (record.commandLine.map(Self.quoted) ?? "none"),
      "  rsdp      " + (record.rsdpAddress == 0 ? "none" : hex(record.rsdpAddress)),
    ]
    for module in record.modules {
      lines.append(
        "  module    \(hex(module.address)), \(module.size) bytes"
          + (module.commandLine.map { ", cmdline \(Self.quoted($0))" } ?? ""))
    }
    for range in record.memoryMap {
      lines.append(
        "  memory    \(hex(range.address)) up to \(hex(range.address &+ range.size)), "
          + Self.name(range.kind))
    }
    return lines
  }

  private static func quoted(_ bytes: [UInt8]) -> String {
    "\"\(String(decoding: bytes, as: UTF8.self).printable)\""
  }

  /// Source: `xen/include/public/arch-x86/hvm/start_info.h`.
  private static func name(_ kind: UInt32) -> String {
    switch kind {
    case 1: "RAM"
    case 2: "reserved"
    case 3: "ACPI"
    case 4: "NVS"
    case 5: "unusable"
    case 6: "disabled"
    case 7: "persistent memory"
    default: "type \(kind)"
    }
  }
}

/// Looks for start info in guest memory.
enum StartInfoSearch {
  /// Where it is: libxenguest puts it at the start of a page.
  static func offset(in bytes: [UInt8]) -> Int? {
    stride(from: 0, to: bytes.count - 3, by: PageLayout.size).first {
      number(in: bytes, at: $0, size: 4) == UInt64(StartInfo.expectedMagic)
    }
  }

  /// The address of the first byte, from what start info refers to: libxenguest puts that behind it,
  /// in the same page at first.
  static func base(of bytes: [UInt8], at place: Int) -> UInt64 {
    let addresses = [16, 24, 40].map { number(in: bytes, at: place + $0, size: 8) }
    guard let lowest = addresses.filter({ $0 != 0 }).min() else { return 0 }
    let page = lowest / UInt64(PageLayout.size) * UInt64(PageLayout.size)
    return page >= UInt64(place) ? page - UInt64(place) : 0
  }

  private static func number(in bytes: [UInt8], at place: Int, size: Int) -> UInt64 {
    bytes.dropFirst(place).prefix(size).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

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
