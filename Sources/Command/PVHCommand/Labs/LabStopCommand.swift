// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import RunningLabs

/// `pvh lab stop`: ends labs that stay up.
struct LabStopCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop",
    abstract: "Ends a lab, and all domains in it.",
    discussion: "Stopping a lab that is not running is not an error.")

  @Argument(help: "The lab's name; default: default.", transform: { try LabName(argument: $0) })
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
