// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
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

  func run() throws {
    let line = ProgressLine()
    do throws(LabError) {
      let builder = TemplateBuilder(
        cache: .standard, xen: .debian12, agentProtocol: ProtocolVersion.current.rawValue)
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
      "Xen \(template.xenPackage), \(template.kernelPackage), QEMU \(template.qemuVersion): "
      + "\(Terminal.size(template.sizeOnDisk)) in \(template.folder)"
  }
}
