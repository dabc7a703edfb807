// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem
import PVHTargets
import SystemPackage
import XenDomainModel

/// `pvh run`: a guest from start to end, its console on the terminal.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a PVH image as a Xen domain until it ends.",
    discussion: """
      Without an image, the guest of the package in this folder is built and run. Instead of an image, \
      pass a configuration file in xl.cfg or JSON format; command-line options override it. \
      The guest's console is on standard output, its exit status becomes pvh's.

      Ctrl-C ends the run. A guest that has a terminal of its own (Linux, a boot loader) gets each key \
      as it is typed from its first output on, Ctrl-C too; Ctrl-], or Ctrl-C twice within 2 s, ends the run.

      Examples:
        pvh run                         build this folder's guest and run it
        pvh run --debug                 the same, built to find mistakes
        pvh run hello.pvh --memory 4    run an image in a domain of 4 MiB
        pvh run web.pvh --cmdline "port=80" --module site.tar --timeout 30
        pvh run web.pvh --detach --name web --restart on-crash
                                        leave it to the supervisor; see pvh logs
        pvh run web.cfg --memory 8      run what a configuration says, but with 8 MiB
        pvh run journal.pvh --disk data.img,rw
                                        with a disk that keeps what is written
        pvh run web.pvh --net --publish 8080:80
                                        its port 80 is port 8080 of this machine
        pvh run hello.pvh --timeline    show what took how long
        pvh run --debug --gdb           let gdb start and stop it
        pvh run report.pvh --format junit
                                        what a fixture says, for other programs
        pvh run hello.pvh --launch-variation all
                                        start it in all odd ways that are legal
        pvh run kernel.elf --on qemu    check that an image boots at all, without Xen
      """)

  @Argument(
    help: "The image or configuration; without it, the package in this folder is built.",
    completion: .file())
  var image: String?

  @OptionGroup var package: PackageOptions
  @OptionGroup var domain: DomainOptions
  @OptionGroup var ports: PublishOptions
  @OptionGroup var limit: TimeLimitOption
  @OptionGroup var target: TargetOptions
  @OptionGroup var detachment: DetachOptions
  @OptionGroup var debugging: DebuggerOptions
  @OptionGroup var timeline: TimelineOptions
  @OptionGroup var verdict: VerdictOptions
  @OptionGroup var variations: VariationOptions

  @Flag(
    inversion: .prefixedNo,
    help: ArgumentHelp(
      """
      On a terminal, pass each key on as it is typed; default: for guests that have a terminal of their \
      own, which are all but those of PVHKit.
      """))
  var raw: Bool?

  @Flag(name: .shortAndLong, help: "Say what is done, and show the domain in xl list.")
  var verbose = false

  func validate() throws {
    try domain.validate()
    try ports.validate()
    try limit.validate()
    try variations.validate(
      isDetached: detachment.detach, isQEMU: target.place == .qemu, loader: domain.loader)
    if variations.launchVariation == .all, debugging.isWanted || timeline.isWanted {
      throw ValidationError("--launch-variation all: give one name for --gdb and --timeline")
    }
    if let image, package.isDebug {
      throw ValidationError(
        "--debug says how the package in this folder is built; \(image) is built already")
    }
    if timeline.isWanted, detachment.detach || target.place == .qemu {
      throw ValidationError("--timeline is for a run that ends with the command, under Xen")
    }
    if verdict.format != nil, detachment.detach || target.place == .qemu {
      throw ValidationError("--format is for a run that ends with the command, under Xen")
    }
    if !ports.publish.isEmpty, detachment.detach || target.place == .qemu {
      throw ValidationError(
        "--publish: the ports are pvh's own, and close when it ends: "
          + (detachment.detach
            ? "run pvh publish beside a guest that is detached" : "leave out --on qemu"))
    }
    if !ports.publish.isEmpty, variations.launchVariation == .all {
      throw ValidationError("--launch-variation all: give one name for --publish")
    }
    if detachment.detach, debugging.isWanted {
      throw ValidationError("--gdb: a guest that is left to the supervisor has no debugger")
    }
    if detachment.detach, target.place == .qemu {
      throw ValidationError("--detach: QEMU without Xen has no domain that could stay")
    }
  }

  func run() throws {
    if variations.launchVariation == .list {
      return try VariationChoice.lines.forEach { try Terminal.write($0) }
    }
    // Before anything is built or started: the port may be taken.
    let door = try debugging.door()
    let open = try ports.open()
    let path = try image.map { FilePath($0) } ?? builtImage()
    let purpose: Target.Purpose = detachment.detach ? .creating : .attended
    let agent = TargetAgent(target.place, for: purpose)
    defer { agent.close() }
    let source = try DomainSource(path, domain, detachment, readBy: agent)
    if detachment.detach { return try detach(source, on: agent) }
    let status =
      try target.place == .qemu ? check(source, door) : run(source, on: agent, door, open)
    if status.rawValue != 0 { throw ExitCode(status.rawValue) }
  }

  private func run(
    _ source: DomainSource, on agent: TargetAgent, _ door: DebuggerDoor?, _ ports: PublishedPorts?
  ) throws -> ExitStatus {
    var clock = TimelineClock()
    let files = try RunFiles(source, on: agent.target, force: domain.force)
    clock.step("image checked")
    if ports != nil, files.domain.interfaces.isEmpty {
      throw Problem(
        "--publish leads to the guest's first network interface, and it has none: --net "
          + DomainInterface.usualBridge, status: .usage)
    }
    if debugging.isWanted { try files.checkDebuggable(source.file.path) }
    let signals = try SignalDescriptor(AttendedTerminal.signals)
    if let choice = variations.launchVariation {
      try VariationOptions.check(files.loader)
      if case .one(let variation) = choice, let obstacle = files.obstacle(to: variation) {
        throw Problem("--launch-variation \(variation.rawValue): \(obstacle)", status: .usage)
      }
      if choice == .all {
        return try VariedRuns(
          agent: try agent.connect(loader: files.loader), files: files, timeout: limit.timeout
        ).perform()
      }
    }
    var run = GuestRun(
      agent: try agent.connect(loader: files.loader), name: files.domain.name, verbose: verbose)
    run.image = source.file.path
    run.ports = ports
    if case .one(let variation) = variations.launchVariation { run.variation = variation }
    clock.step("Xen ready")
    run.clock = clock
    if timeline.isWanted { run.showTimeline = timeline.show }
    run.debugger = door.map {
      (
        $0,
        DebuggerInvitation(
          port: $0.port, image: source.file.path,
          identity: ProgramStore.identity(ofImage: files.image))
      )
    }
    let terminal = AttendedTerminal(wantsKeys: raw ?? files.hasTerminal)
    guard let format = verdict.format else {
      return try run.perform(
        files, timeout: limit.timeout, terminal: terminal, signals: signals)
    }
    run.kept = []
    let outcome: Result<ExitStatus, Problem>
    do throws(Problem) {
      outcome = .success(
        try run.perform(files, timeout: limit.timeout, terminal: terminal, signals: signals))
    } catch {
      outcome = .failure(error)
    }
    return try verdict.report(run.kept ?? [], outcome, as: format)
  }

  /// Leaves the guest to the supervisor; its number is printed.
  private func detach(_ source: DomainSource, on agent: TargetAgent) throws {
    let files = try RunFiles(
      source, on: agent.target, force: domain.force, startsLastingDomain: true)
    let connection = try agent.connect(loader: .xenguest)
    let created = try connection.ask { (client: AgentClient) throws(AgentError) in
      try files.disks.send(to: client)
      return try client.supervise(
        files.request(timeout: limit.timeout), restart: source.spec.restart ?? .never,
        kernel: files.image, module: files.modules?.bytes)
    }
    try created.announce()
  }

  private func check(_ source: DomainSource, _ door: DebuggerDoor?) throws -> ExitStatus {
    var run = try PlainRun(
      source, timeout: limit.timeout, verbose: verbose, force: domain.force)
    run.debugger = door
    let signals = try SignalDescriptor(AttendedTerminal.signals)
    return try run.perform(
      terminal: AttendedTerminal(wantsKeys: raw ?? run.hasTerminal), signals: signals)
  }

  /// The one guest of this folder's package.
  private func builtImage() throws -> FilePath {
    guard File.exists(FilePath(package.folder).appending("Package.swift")) else {
      throw Problem(
        "no image was given, and there is no package in this folder; "
          + "give an image (pvh run FILE), or make a package: pvh new NAME", status: .usage)
    }
    let images = try package.build(isQuiet: true)
    guard images.count == 1 else {
      throw Problem(
        "this package has \(images.count) guests; say which one: --product NAME", status: .usage)
    }
    return images[0].path
  }
}
