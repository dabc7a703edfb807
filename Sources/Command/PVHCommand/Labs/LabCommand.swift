// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostSystem
import SystemPackage
import XenLab

/// `pvh lab`: the Xen host in QEMU.
struct LabCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lab",
    abstract: "Real Xen on a machine that has none: in QEMU, from Debian's packages.",
    discussion: """
      A template of a booted Xen host is made once; every run restores a private copy of it \
      within a second, and leaves nothing behind. Labs that stay up are copies, too: start, stop.
      """,
    subcommands: [
      LabPrepare.self, LabStartCommand.self, LabStopCommand.self, LabStatusCommand.self,
      LabShellCommand.self, LabExecute.self, LabKeepCommand.self, LabRemove.self,
    ])
}

/// `pvh lab prepare`: makes the template.
struct LabPrepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Assembles Xen and a control domain, boots them once, and keeps the result.",
    discussion: """
      May be interrupted and repeated. Needs no root.

      Examples:
        pvh lab prepare               Xen of this machine's Debian release
        pvh lab prepare --xen 4.20    that of Debian 13
      """)

  @OptionGroup var choice: XenChoice

  @Option(
    help: ArgumentHelp(
      """
      A folder with Debian packages of that Xen, for versions that no release of Debian has: \
      xen-hypervisor-VERSION-amd64, xen-utils-VERSION and the libraries that they depend on.
      """, valueName: "folder"),
    completion: .directory)
  var packages: String?

  @Flag(help: "Look for newer Debian packages even if there is a template.")
  var refresh = false

  @Option(
    help: """
      What serves xenstore in the control domain: xenstored or oxenstored. Commands that run in the \
      lab take the one that the environment variable PVHKIT_LAB_XENSTORE names; without this option \
      it counts here too.
      """,
    transform: XenstoreDaemon.init(named:))
  var xenstore: XenstoreDaemon?

  private static func folder(_ path: String) throws(LabError) -> FilePath {
    do throws(Errno) {
      return try Directory.resolved(FilePath(path))
    } catch {
      throw .badPackageFolder(FilePath(path), what: "\(error)")
    }
  }

  func run() throws {
    let line = ProgressLine()
    do throws(LabError) {
      let daemon = if let xenstore { xenstore } else { try XenstoreDaemon.fromEnvironment() }
      let xen = if let xen = choice.xen { xen } else { try XenRelease.fromEnvironment() }
      let builder = TemplateBuilder(
        cache: .standard, xen: xen, xenstore: daemon,
        packages: try packages.map { (path) throws(LabError) in try Self.folder(path) })
      let template = try builder.prepare(refresh: refresh) { line.show($0) }
      line.finish()
      Terminal.complain(TemplateSummary(template).line)
    } catch {
      line.finish()
      throw Problem(error)
    }
  }
}

/// A template in one line for people.
struct TemplateSummary {
  let line: String

  init(_ template: Template) {
    line =
      "Xen \(template.xenPackage), \(template.xenstore), \(template.kernelPackage), QEMU \(template.qemuVersion): "
      + "\(Terminal.size(template.sizeOnDisk)) in \(template.folder)"
  }
}

/// `pvh lab remove`: frees the disk space.
struct LabRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Removes the templates and the downloaded packages.",
    discussion: "Runs that are under way go on.")

  @Flag(help: "Keep the downloaded packages.")
  var keepPackages = false

  func run() throws {
    do throws(LabError) {
      var freed = try Template.removeAll(from: .standard)
      if !keepPackages { freed += try LabCache.standard.removePackages() }
      Terminal.complain("freed \(Terminal.size(freed))")
    } catch {
      throw Problem(error)
    }
  }
}
