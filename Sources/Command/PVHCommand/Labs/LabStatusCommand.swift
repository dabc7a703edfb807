// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import ArgumentParser
import Glibc
import HostSystem
import RunningLabs
import SystemPackage
import XenLab

/// `pvh lab status`: what there is, and what it takes.
struct LabStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Lists the labs that are up, the templates, and the space that they take.",
    discussion: """
      --json prints an object: "labs", each with "name", "since" (seconds since 1970), "xen", \
      "xenstore", "memory" (bytes of this machine), "programs" (used in its dom0 right now), "domains" \
      (beside dom0) and "keeper" (a process number); what a lab does not say is left out; "templates", each with "folder", "xen", \
      "xenstore", "kernel", "qemu" and "size"; and "packages" with "folder" and "size".
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let report = try LabReport()
    if json { return try Terminal.write(json: report) }
    for line in report.lines { try Terminal.write(line) }
  }
}

/// What `pvh lab status` says.
struct LabReport: Encodable {
  struct Lab: Encodable {
    let name: String
    let since: Int
    let xen: String
    let xenstore: String
    /// These two are nil if the daemon does not answer.
    let memory: Int?
    let programs: Int?
    /// Nil if dom0 does not say.
    let domains: Int?
    let keeper: Int
  }

  struct Stored: Encodable {
    let folder: String
    let xen: String
    let xenstore: String
    let kernel: String
    let qemu: String
    let size: Int
  }

  struct Packages: Encodable {
    let folder: String
    let size: Int
  }

  let labs: [Lab]
  let templates: [Stored]
  let packages: Packages
  private let summaries: [String]

  private enum CodingKeys: CodingKey { case labs, templates, packages }

  init() throws(Problem) {
    var labs: [Lab] = []
    for lab in try RunningLab.all() {
      let use = try? lab.use()
      // It may have ended while we looked.
      if use == nil, try RunningLab.find(lab.name) == nil { continue }
      labs.append(
        Lab(
          name: lab.name.text, since: lab.since, xen: lab.xen, xenstore: lab.xenstore,
          memory: use?.memory, programs: use?.programs,
          domains: use == nil ? nil : Self.domainCount(lab),
          keeper: lab.keeper))
    }
    self.labs = labs
    let cache = LabCache.standard
    let found = Template.list(in: cache)
    summaries = found.map { TemplateSummary($0).line }
    templates = found.map {
      Stored(
        folder: $0.folder.string, xen: $0.xenPackage, xenstore: $0.xenstore.rawValue,
        kernel: $0.kernelPackage, qemu: $0.qemuVersion, size: $0.sizeOnDisk)
    }
    packages = Packages(folder: cache.root.string, size: cache.packagesSize)
  }

  /// The text for people.
  var lines: [String] {
    let up = labs.map { lab in
      let memory =
        lab.memory.map { "\(Terminal.size($0)) of memory" }
        ?? "does not answer; to end it: pvh lab stop \(lab.name)"
      let domains = lab.domains.map { ", domains: \($0)" } ?? ""
      return "lab \(lab.name): up for \(Self.duration(time(nil) - lab.since)), Xen \(lab.xen), "
        + "\(lab.xenstore), \(memory)\(domains)"
    }
    return up + summaries + ["packages: \(Terminal.size(packages.size)) in \(packages.folder)"]
  }

  /// Domains beside dom0, which xenstore lists.
  private static func domainCount(_ lab: RunningLab) -> Int? {
    guard let stream = try? lab.connectToMultiplexer() else { return nil }
    defer { try? stream.close() }
    let program = LabProgram(["xenstore-list", "/local/domain"], on: stream)
    guard let (ending, output) = try? program.collect(), ending == .exited(0) else { return nil }
    return max(0, output.split(separator: 0x0a).count - 1)
  }

  private static func duration(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(max(0, seconds)) s"
    case ..<7200: "\(seconds / 60) min"
    default: "\(seconds / 3600) h \(seconds / 60 % 60) min"
    }
  }
}
