// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import SystemPackage

/// `pvh check`: every rule that an image breaks.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks images against the rules that Xen, libxenguest and QEMU apply.",
    discussion: """
      Errors keep the image from running as intended, warnings may. Notes, which --verbose and --json \
      show, are about style.

      Exit statuses: 0 boots, 1 would not boot, 126 not an image.

      Examples:
        pvh check hello.pvh               would xl boot it?
        pvh check vmlinux --launcher all  xl, QEMU's -kernel, and Xen with it as dom0
      """)

  @Argument(help: "The images.", completion: .file())
  var files: [String]

  @Option(help: "Whose rules: xl, qemu, dom0 or all.")
  var launcher: LauncherName = .xl

  @Option(
    help: "Memory of the domain: a number of MiB, or with a unit (2M, 1G).",
    transform: { (text: String) throws -> MemoryAmount in try MemoryAmount(text) })
  var memory: MemoryAmount?

  @Flag(help: "Print JSON; docs/inspect-json.md describes it.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print notes, too.")
  var verbose = false

  func run() throws {
    let results = files.map { file in
      CheckedFile(file, launcher.launchers, memoryKiB: memory.map { UInt64($0.kibibytes) })
    }
    if json {
      try Terminal.write(json: results)
    } else {
      for line in results.flatMap({ $0.lines(notes: verbose) }) { try Terminal.write(line) }
    }
    let status = results.map(\.status.rawValue).max() ?? 0
    if status != 0 { throw ExitCode(status) }
  }
}

/// One launcher, or all of them, as the command line names it.
enum LauncherName: String, ExpressibleByArgument, CaseIterable {
  case xl
  case qemu
  case dom0
  case all

  var launchers: [Launcher] { Launcher(rawValue: rawValue).map { [$0] } ?? Launcher.allCases }
}
