// SPDX-License-Identifier: Apache-2.0

import ImageUnpacking
import PVHImage
import XenABI

/// What `pvh inspect` prints for people.
struct ImageText {
  let image: PVHImage

  var lines: [String] {
    [title] + summary + section("segments", segments) + section("notes", notes)
      + section("manifest", manifest) + section("launchers", Launcher.allCases.map(verdict))
  }

  private var title: String {
    var parts = ["\(image.elfClass == .bits64 ? 64 : 32)-bit ELF for \(image.machine.text)"]
    if image.type != .executable { parts.append("type \(image.type.rawValue)") }
    switch image.packing {
    case .none: break
    case .gzip: parts.append("packed with gzip")
    case .bzImage(let format): parts.append("in a Linux boot image, packed with \(format.rawValue)")
    }
    parts.append("\(image.fileSize) bytes")
    return "\(image.file): \(image.entry == nil ? "no PVH image" : "PVH image"), "
      + parts.joined(separator: ", ")
  }

  private var summary: [String] {
    var lines: [String] = []
    if let entry = image.entry {
      let name = image.symbols.entryName.map { " (\($0))" } ?? ""
      lines.append(
        "  entry   \(hex(entry.address.rawValue))\(name), in the note at file offset "
          + hex(entry.note.offset))
    }
    if let extent = image.extent {
      lines.append(
        "  memory  \(hex(extent.start.rawValue)) up to \(hex(extent.end.rawValue)); "
          + "\(image.loadedSize) bytes are loaded")
    }
    if let need = image.memoryNeed() {
      lines.append("  needs   \(need.kibibytes) KiB at least; libxl gives \(need.mebibytes) MiB")
    }
    return lines
  }

  private var segments: [String] {
    var table = TextTable(
      ["#", "type", "flags", "file offset", "bytes", "physical", "in memory", "virtual"],
      numbers: [0, 3, 4, 5, 6, 7])
    let others = image.programHeaders.filter { !$0.isLoaded }
    for header in image.segments + others {
      table.add([
        "\(header.index)", header.type.text, header.flags.text, hex(header.fileOffset),
        "\(header.fileSize)", hex(header.physicalAddress.rawValue), "\(header.memorySize)",
        hex(header.virtualAddress),
      ])
    }
    return table.lines
  }

  private var notes: [String] {
    var table = TextTable(
      ["file offset", "in", "owner", "type", "bytes", "value"], numbers: [0, 4])
    for note in image.distinctNotes {
      let value = note.value
      table.add([
        hex(note.offset), "\(note.place.kind) \(note.place.index)", note.owner.printable,
        note.xenType?.name ?? "\(note.type)", "\(note.descriptorSize)",
        value.text.map { "\"\($0.printable)\"" } ?? value.number.map { hex($0) } ?? "",
      ])
    }
    return table.lines
  }

  private var manifest: [String] {
    guard case .present(let manifest) = image.manifest else { return [] }
    let parts: [(String, String?)] = [
      ("name", manifest.name),
      ("memory", manifest.leastMemoryKiB.map { "\($0) KiB at least" }),
      ("memory", manifest.wishedMemoryKiB.map { "\($0) KiB wished" }),
      ("vcpus", manifest.vcpus.map(String.init)),
      ("cmdline", manifest.commandLine.map { "\"\($0)\"" }),
      ("devices", manifest.devices.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }),
      ("runtime", manifest.runtime), ("abi", manifest.abi.map(String.init)),
    ]
    return parts.compactMap { name, value in
      value.map { "  \(name.padding(to: 8))\($0.printable)" }
    }
  }

  private func verdict(_ launcher: Launcher) -> String {
    let errors = image.findings(for: launcher).filter { $0.severity == .error }
    let names = errors.map(\.finding.rule.name).joined(separator: ", ")
    let title = launcher.title.padding(to: 18)
    return "  \(title)\(errors.isEmpty ? "boots" : "does not boot: \(names)")"
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", "\(title):"] + lines
  }
}

extension String {
  /// The text, filled up with spaces.
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: Swift.max(0, width - count))
  }
}
