// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import SystemPackage
import XenDomainModel

/// `pvh create`: a domain that outlives the command.
struct CreateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Creates a domain from a PVH image or a configuration and leaves it running.",
    discussion: """
      The domain's number is printed. Where there is no Xen, the lab "default" is started. When its \
      guest has ended, the domain stays until pvh destroy takes it away. A configuration is a file of \
      xl, or one in JSON; options come before what it says.

      Examples:
        pvh create hello.pvh --name hello
        pvh create web.pvh --memory 512K --loader xenguest --paused
        pvh create web.cfg --name web-2
        pvh create web.pvh --on ssh://root@host
        pvh create web.pvh --dry-run    the hypercalls and messages that it would take
      """)

  @Argument(help: "The image or configuration.", completion: .file())
  var image: String

  @OptionGroup var domain: DomainOptions
  // Only to say why it is refused.
  @OptionGroup(visibility: .hidden) var limit: TimeLimitOption
  @OptionGroup var target: TargetOptions

  @Flag(help: "Leave the domain paused, before its first instruction.")
  var paused = false

  @Flag(help: "Print what would be done, and do nothing.")
  var dryRun = false

  func validate() throws {
    try domain.validate()
    guard limit.timeout == nil else {
      throw ValidationError("--timeout is not supported by pvh create; use pvh run")
    }
  }

  func run() throws {
    let agent = TargetAgent(target.place, for: dryRun ? .lasting : .creating)
    defer { agent.close() }
    let files = try RunFiles(
      DomainSource(FilePath(image), domain, readBy: agent), on: agent.target,
      force: domain.force, startsLastingDomain: true)
    if dryRun, files.loader == .libxl {
      throw Problem(
        "--dry-run: libxl does not say beforehand what it will do; use the loader xenguest",
        status: .usage)
    }
    let connection = try agent.connect(loader: files.loader)
    let request = files.request()
    guard !dryRun else {
      let plan = try connection.ask { (client: AgentClient) throws(AgentError) in
        try client.plan(
          request, startsPaused: paused, kernel: files.image, module: files.modules?.bytes)
      }
      return try Terminal.write(Array(plan.utf8))
    }
    let created = try connection.ask { (client: AgentClient) throws(AgentError) in
      try files.disks.send(to: client)
      return try client.create(
        request, startsPaused: paused, kernel: files.image, module: files.modules?.bytes)
    }
    try created.announce()
  }
}

extension CreatedDomain {
  /// Prints the number of a domain that stays; where that cannot be printed, the error tells of it.
  func announce() throws(Problem) {
    do throws(Problem) {
      try Terminal.write("\(domainID)")
    } catch {
      throw Problem("domain \(domainID), \"\(name)\", was made and stays; but \(error.message)")
    }
  }
}
