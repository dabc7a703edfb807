// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Targets

/// Where to do it.
struct TargetOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where: local (this control domain), lab (Xen in QEMU), lab:NAME (one that stays up), \
      ssh://[user@]host[:port] (another control domain), qemu (no Xen), or auto.
      """, valueName: "target"),
    completion: .list(["auto", "local", "lab", "lab:", "ssh://", "qemu"]),
    transform: { (text: String) throws -> Target in try Target(argument: text) })
  var on: Target = .auto
}

extension Target {
  /// Reads a target from the command line.
  fileprivate init(argument: String) throws {
    do throws(TargetError) {
      self = try Target(argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
