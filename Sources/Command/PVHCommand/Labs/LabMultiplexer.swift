// SPDX-License-Identifier: Apache-2.0

import RunningLabs
import SystemPackage
import XenLab

/// A stream of frames to the dom0 of a lab: one that is up, or one that ends with the command.
final class LabMultiplexer {
  /// Where the frames go.
  let stream: FileDescriptor
  private let privateLab: LabHost?

  /// Connects to the lab of this name, which must be up; without a name to the standard one if it is
  /// up, and to a fresh private one if it is not.
  init(_ name: LabName?) throws(Problem) {
    let lab = if let name { try RunningLab.named(name) } else { try RunningLab.find(.standard) }
    if let lab {
      stream = try Problem.explaining { () throws(RunningLabError) in
        try lab.connectToMultiplexer()
      }
      privateLab = nil
      return
    }
    let agent = try AgentProgram.beside()
    do throws(LabError) {
      let lab = try LabHost(
        restoring: Template.ofThisBuild(), agent: agent, arguments: ["switchboard"])
      stream = lab.channel
      privateLab = lab
    } catch {
      throw Problem(error)
    }
  }

  /// Ends the connection, and a private lab with it.
  func close() {
    if let privateLab { privateLab.stop() } else { try? stream.close() }
  }

  deinit { privateLab?.stop() }
}
