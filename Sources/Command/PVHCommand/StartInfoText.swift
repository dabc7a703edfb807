// SPDX-License-Identifier: Apache-2.0

import StartInfoRecords

/// Start info for people.
struct StartInfoText {
  let record: StartInfoRecord
  /// Where it is in guest memory.
  let address: UInt64

  var lines: [String] {
    var lines = [
      "start info at \(hex(address)), version \(record.version)",
      "  flags     \(hex(record.flags))" + (record.flags & 2 != 0 ? " (initial domain)" : ""),
      "  cmdline   " + (record.commandLine.map(Self.quoted) ?? "none"),
      "  rsdp      " + (record.rsdpAddress == 0 ? "none" : hex(record.rsdpAddress)),
    ]
    for module in record.modules {
      lines.append(
        "  module    \(hex(module.address)), \(module.size) bytes"
          + (module.commandLine.map { ", cmdline \(Self.quoted($0))" } ?? ""))
    }
    for range in record.memoryMap {
      lines.append(
        "  memory    \(hex(range.address)) up to \(hex(range.address &+ range.size)), "
          + Self.name(range.kind))
    }
    return lines
  }

  private static func quoted(_ bytes: [UInt8]) -> String {
    "\"\(String(decoding: bytes, as: UTF8.self).printable)\""
  }

  /// Source: `xen/include/public/arch-x86/hvm/start_info.h`.
  private static func name(_ kind: UInt32) -> String {
    switch kind {
    case 1: "RAM"
    case 2: "reserved"
    case 3: "ACPI"
    case 4: "NVS"
    case 5: "unusable"
    case 6: "disabled"
    case 7: "persistent memory"
    default: "type \(kind)"
    }
  }
}
