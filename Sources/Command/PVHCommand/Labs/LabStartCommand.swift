// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import RunningLabs
import SystemPackage
import XenLab

/// `pvh lab start`: a lab that stays up.
struct LabStartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "start",
    abstract: "Starts a lab that stays up, under a name.",
    discussion: """
      Each lab has its own Xen, dom0 and memory. It ends with pvh lab stop, or with the machine; \
      nothing of it is kept. A lab that is up already is left as it is.

      Examples:
        pvh lab start          the lab "default": --on lab, for domains that stay
        pvh lab start other    another one: --on lab:other
      """)

  @OptionGroup var lab: LabNameArgument
  @OptionGroup var choice: XenChoice

  func run() throws {
    let started = try LabStarter(lab.name, choice.xen).start()
    let found = try RunningLab.named(lab.name)
    try found.check(choice.xen)
    Terminal.complain(
      "the lab \(found.name) \(started ? "is up" : "was up already"): Xen \(found.xen)")
    if !started {
      let agent = try AgentProgram.beside()
      try Problem.explaining { () throws(RunningLabError) in try found.checkAgent(agent) }
    }
  }
}

/// A lab that commands about domains that stay can use, and start.
struct LabStarter {
  let name: LabName
  private let xen: XenRelease?

  /// - Parameters:
  ///   - name: what it is called.
  ///   - xen: its Xen, if it has to be started; nil for the usual one.
  init(_ name: LabName, _ xen: XenRelease?) {
    self.name = name
    self.xen = xen
  }

  /// Starts it; false if it was up.
  func start() throws(Problem) -> Bool {
    _ = try AgentProgram.beside()
    let program = try File.ownPath()
    return try Problem.explaining { () throws(RunningLabError) in
      let choice = xen.map { ["--xen", $0.version] } ?? []
      return try LabStart.start(
        name, program: program, arguments: ["lab", "keep", name.text] + choice
      ) {
        Terminal.complain("pvh: \($0)")
      } == .started
    }
  }
}

/// `pvh lab keep`: the process behind a lab that is up. Started by `pvh lab start`.
struct LabKeepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keep", abstract: "Keeps a lab up.", shouldDisplay: false)

  @OptionGroup var lab: LabNameArgument
  @OptionGroup var choice: XenChoice

  @Option(help: "The descriptor to report to.")
  var report: Int32

  func run() throws {
    let status = LabStart.keep(reportingTo: report) {
      try LabDaemon(
        lab.name,
        restoring: { () throws(LabError) in try Template.find(choice.xen) },
        agent: try AgentProgram.beside())
    }
    if status != 0 { throw ExitCode(status) }
  }
}

extension Template {
  /// The template that a lab is restored from; without a version, that of the environment or the machine.
  static func find(_ xen: XenRelease?) throws(LabError) -> Template {
    let release = if let xen { xen } else { try XenRelease.fromEnvironment() }
    return try find(in: .standard, xen: release, xenstore: .fromEnvironment())
  }
}

/// The Xen of a lab that is made or started.
struct XenChoice: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      The version of Xen (default: that of PVHKIT_LAB_XEN, or of this machine's Debian release).
      """, valueName: "version"),
    completion: .list(XenRelease.versions), transform: XenRelease.init(argument:))
  var xen: XenRelease?
}

/// `pvh lab stop`: ends labs that stay up.
struct LabStopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Ends a lab, and all domains in it.",
    discussion: "Stopping a lab that is not running is not an error.")

  @Argument(
    help: "Name of the lab (default: \"default\").", transform: { try LabName(argument: $0) })
  var name: LabName?

  @Flag(help: "End all labs.")
  var all = false

  func validate() throws {
    guard name == nil || !all else { throw ValidationError("give a name, or --all") }
  }

  func run() throws {
    let name = name ?? .standard
    let labs = all ? try RunningLab.all() : [try RunningLab.find(name)].compactMap(\.self)
    if labs.isEmpty { Terminal.complain(all ? "no lab is up" : "no lab \(name) is up") }
    for lab in labs {
      try Problem.explaining { () throws(RunningLabError) in try lab.stop() }
      Terminal.complain("the lab \(lab.name) has ended")
    }
  }
}

/// The name of a lab on the command line.
struct LabNameArgument: ParsableArguments {
  @Argument(help: "The lab's name.", transform: { try LabName(argument: $0) })
  var name: LabName = .standard
}

extension LabName {
  /// Reads a name from the command line.
  init(argument: String) throws {
    do throws(LabNameError) {
      self = try LabName(argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}

extension RunningLab {
  /// Refuses a lab with another Xen than the one that is asked for, if one is.
  func check(_ wanted: XenRelease?) throws(Problem) {
    guard let wanted, !xen.hasPrefix("\(wanted.version).") else { return }
    throw Problem(
      "the lab \(name) is up with Xen \(xen), not \(wanted.version); end it (pvh lab stop \(name)), "
        + "or start another one: pvh lab start NAME --xen \(wanted.version)")
  }

  /// The lab of this name, nil if it is not up; says on standard error what became of a dead one.
  static func find(_ name: LabName) throws(Problem) -> RunningLab? {
    try Problem.explaining { () throws(RunningLabError) in
      try find(name) { Terminal.complain("pvh: \($0)") }
    }
  }

  /// The lab of this name, which must be up.
  static func named(_ name: LabName) throws(Problem) -> RunningLab {
    guard let lab = try find(name) else { throw Problem(RunningLabError.notUp(name).description) }
    return lab
  }

  /// All that are up.
  static func all() throws(Problem) -> [RunningLab] {
    try Problem.explaining { () throws(RunningLabError) in
      try all { Terminal.complain("pvh: \($0)") }
    }
  }
}

extension Problem {
  /// Does something with labs that stay up.
  static func explaining<Result>(
    _ body: () throws(RunningLabError) -> Result
  ) throws(Problem) -> Result {
    do throws(RunningLabError) {
      return try body()
    } catch .lab(let error) {
      throw Problem(error)
    } catch {
      throw Problem(error.description)
    }
  }
}
