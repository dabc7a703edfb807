// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XenLab

/// `pvh lab status`: what there is, and how much disk it takes.
struct LabStatus: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Lists the templates and the disk space they take.")

  func run() throws {
    let cache = LabCache.standard
    for template in Template.list(in: cache) { try Terminal.write(TemplateSummary(template).line) }
    try Terminal.write("packages: \(Terminal.size(cache.packagesSize)) in \(cache.root)")
  }
}
