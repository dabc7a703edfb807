// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XenLab

/// `pvh lab prepare`: makes the template.
struct LabPrepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare",
    abstract: "Assembles Xen and a control domain, boots them once, and keeps the result.",
    discussion: "May be interrupted and repeated. Needs no root.")

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

  func run() throws {
    let line = ProgressLine()
    do throws(LabError) {
      let daemon = if let xenstore { xenstore } else { try XenstoreDaemon.fromEnvironment() }
      let builder = TemplateBuilder(
        cache: .standard, xen: .debian12, xenstore: daemon)
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
