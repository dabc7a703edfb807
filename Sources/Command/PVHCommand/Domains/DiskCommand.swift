// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import HostJSON
import XenDomainModel

/// `pvh disk`: the disks of a domain that is there.
struct DiskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "disk",
    abstract: "Attaches, detaches and lists disks of a domain.",
    discussion: """
      Examples:
        pvh disk attach web data.img
        pvh disk attach web /dev/vg/archive,xvdc,ro
        pvh disk list web
        pvh disk detach web xvdc
      """,
    subcommands: [AttachDiskCommand.self, DetachDiskCommand.self, ListDisksCommand.self])
}

/// The domain whose disks are meant.
struct DiskDomain: ParsableArguments {
  @Argument(
    help: "The domain's name or number.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions
}

/// `pvh disk attach`.
struct AttachDiskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attach",
    abstract: "Gives a domain another disk; prints the name that the guest knows it by.",
    discussion: """
      FILE is as for pvh run --disk. A lab gets a copy of it, which lasts as long as the domain has it.
      """)

  @OptionGroup var place: DiskDomain

  @Argument(
    help: ArgumentHelp(
      "A raw file or block device, FILE[,NAME][,ro]; the first name that is free is the default.",
      valueName: "file"), completion: .file(),
    transform: DomainOptions.disk)
  var disk: DiskSpec

  func run() throws {
    let target = place.target.place
    let agent = try target.connect(for: .lasting)
    defer { agent.close() }
    let taken = try agent.ask { (client: AgentClient) throws(AgentError) in
      try client.disks(of: place.domain)
    }
    if let name = disk.name.flatMap(DiskName.init),
      taken.contains(where: { $0.name == name.description })
    {
      throw Problem(
        "\(place.domain) has \(name) already: give the disk another name, or detach that one",
        status: .usage)
    }
    var configuration = DomainConfiguration(name: place.domain, memoryKiB: 4)
    var spec = disk
    do throws(ToolstackError) {
      let others = taken.filter { DiskName($0.name) != nil }.map {
        DiskSpec(file: "-", name: $0.name)
      }
      configuration.disks = [try (others + [spec]).named()[others.count]]
    } catch {
      throw Problem("\(place.domain): \(error.message)", status: .usage)
    }
    spec.name = configuration.disks[0].name.description
    let files = try DiskFiles([spec], for: &configuration, on: target, returnsNothing: true)
    let attachment = DiskAttachment(
      domain: place.domain, disk: configuration.disks[0], byteCount: files.carried.first?.byteCount)
    try agent.ask { (client: AgentClient) throws(AgentError) in
      try files.send(to: client)
      try client.attach(attachment)
    }
    try Terminal.write(attachment.disk.name.description)
  }
}

/// `pvh disk detach`.
struct DetachDiskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "detach",
    abstract: "Takes a disk away from a domain, when its guest has let go of it.")

  @OptionGroup var place: DiskDomain

  @Argument(help: ArgumentHelp("The disk's name, such as xvdb.", valueName: "disk"))
  var disk: String

  @Flag(help: "Take it away without asking the guest, which sees its requests fail.")
  var force = false

  func run() throws {
    guard let name = DiskName(disk) else {
      throw Problem(DomainRules.fault(diskName: disk), status: .usage)
    }
    let agent = try place.target.place.connect(for: .lasting)
    defer { agent.close() }
    try agent.ask { (client: AgentClient) throws(AgentError) in
      try client.detach(DiskDetachment(domain: place.domain, name: name, isForced: force))
    }
  }
}

/// `pvh disk list`.
struct ListDisksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists the disks of a domain.",
    discussion: "What --json prints is in docs/domains-json.md.")

  @OptionGroup var place: DiskDomain

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let agent = try place.target.place.connect(for: .lasting)
    defer { agent.close() }
    let disks = try agent.ask { (client: AgentClient) throws(AgentError) in
      try client.disks(of: place.domain)
    }
    if json {
      return try Terminal.write(JSONValue.array(disks.map(\.json)).serialised() + [0x0a])
    }
    var table = TextTable(["NAME", "SIZE", "ACCESS", "STATE", "FILE"], numbers: [1])
    for disk in disks {
      table.add([
        disk.name, disk.byteCount.map { Terminal.size($0) } ?? "-", disk.isReadOnly ? "ro" : "rw",
        disk.isConnected ? "connected" : "waiting", disk.path,
      ])
    }
    for line in table.lines(OutputStyle.standardOutput, flexible: 4) {
      try Terminal.write(styled: line)
    }
  }
}

extension DiskSummary {
  /// Source: `docs/domains-json.md`.
  var json: JSONValue {
    .object([
      JSONMember("name", .string(name)), JSONMember("file", .string(path)),
      JSONMember("access", .string(isReadOnly ? "ro" : "rw")),
      JSONMember("connected", .boolean(isConnected)),
      JSONMember("bytes", byteCount.map { .integer($0) } ?? .null),
    ])
  }
}
