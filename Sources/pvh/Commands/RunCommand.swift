// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostProcess
import Places
import SystemPackage

/// `pvh run`: a guest from start to end, its console on the terminal.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a PVH image as a Xen domain until it ends.",
    discussion: """
      Without an image, the guest of the package in this folder is built and run.
      The guest's console is on standard output, its exit status becomes pvh's.

      Examples:
        pvh run                             build this folder's guest and run it
        pvh run hello.pvh --memory 4        run an image in a domain of 4 MiB
        pvh run web.pvh --cmdline "port=80" --module site.tar --timeout 30
        pvh run kernel.elf --on qemu        check that an image boots at all, without Xen
      """)

  @Argument(help: "The image; without it, the package in this folder is built.")
  var image: String?

  @OptionGroup var package: PackageOptions
  @OptionGroup var domain: DomainOptions
  @OptionGroup var place: PlaceOptions

  @Flag(name: .shortAndLong, help: "Say what is done, and show the domain in xl list.")
  var verbose = false

  func validate() throws {
    try domain.validate()
  }

  func run() throws {
    let path = try image.map { FilePath($0) } ?? builtImage()
    let status = try place.on == .qemu ? check(path) : run(path)
    if status.rawValue != 0 { throw ExitCode(status.rawValue) }
  }

  private func run(_ path: FilePath) throws -> ExitStatus {
    let files = try RunFiles(image: path, options: domain)
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let agent = try place.on.connect(for: .attended, verbose: verbose)
    defer { agent.close() }
    var run = GuestRun(agent: agent, name: domain.name ?? files.defaultName, verbose: verbose)
    return try run.perform(files, domain, signals: signals)
  }

  private func check(_ path: FilePath) throws -> ExitStatus {
    var run = try PlainRun(image: path, options: domain, verbose: verbose)
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    return try run.perform(signals: signals)
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
