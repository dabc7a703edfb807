// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

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
