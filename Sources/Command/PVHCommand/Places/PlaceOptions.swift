// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Places

/// Where to do it.
struct PlaceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where: local (this control domain), lab (Xen in QEMU), lab:NAME (one that stays up), \
      ssh://[user@]host[:port] (another control domain), qemu (no Xen), or auto.
      """, valueName: "place"),
    completion: .list(["auto", "local", "lab", "lab:", "ssh://", "qemu"]),
    transform: { (text: String) throws -> Place in try Place(argument: text) })
  var on: Place = .auto
}

extension Place {
  /// Reads a place from the command line.
  fileprivate init(argument: String) throws {
    do throws(PlaceError) {
      self = try Place(argument)
    } catch {
      throw ValidationError(error.description)
    }
  }
}
