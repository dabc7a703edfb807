// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import XenLab

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
