// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// What distinguishes the image from one that this project's linker script makes: `problems()`,
  /// and the stricter rules of our own.
  ///
  /// Empty for an image fit to be handed out; read the image with `symbols: true` for it.
  public func validateBuilt() -> [Finding] {
    problems() + ownNoteFindings + staticFindings + symbolFindings
  }

  /// The entry's note first in the first program header, and behind it at most the name of the runtime:
  /// then no loader can miss it.
  private var ownNoteFindings: [Finding] {
    let all = notes.filter(\.isXen)
    guard let note = all.first(where: \.isPVHEntry) else { return [] }
    let others = all.filter { $0 != note }
    let name = others.first {
      $0.xenType == .guestOS && $0.place == note.place && $0.offset > note.offset
    }
    var findings = others.filter { $0 != name }.map { extra in
      Finding(
        .extraXenNote, "has a second Xen note, of type \(extra.type)", offset: extra.offset,
        remedy: "Discard .note sections other than those of the runtime in the linker script.")
    }
    guard case .programHeader(let index) = note.place else { return findings }
    let header = programHeaders[index]
    let size = [note, name].compactMap(\.self).reduce(0) {
      $0 + $1.descriptorOffset - $1.offset + $1.descriptorSize.roundedUpTo4
    }
    if header.fileSize != size || note.ownerSize != 4 {
      findings.append(
        Finding(
          .noteNotAlone,
          "has its Xen note in a \(header.label) of \(counted(header.fileSize, "byte")) instead of "
            + "\(size) of its own",
          offset: at(.fileSize, of: header), remedy: "Give the note a PT_NOTE in PHDRS."))
    }
    if index != 0 {
      findings.append(
        Finding(
          .noteNotFirst, "has its Xen note in program header #\(index), not in the first one",
          offset: header.headerOffset, remedy: "Name the note's PT_NOTE first in PHDRS."))
    }
    return findings
  }

  /// Nobody in a guest would run a dynamic linker.
  var staticFindings: [Finding] {
    let kinds: [SegmentType] = [.interpreter, .dynamic]
    return programHeaders.filter { kinds.contains($0.type) }.map { header in
      Finding(
        .dynamicImage, "has a \(header.label), so it is not static", offset: header.headerOffset,
        remedy: "Link with -static and without -pie.")
    }
  }

  private var symbolFindings: [Finding] {
    switch symbols {
    case .absent:
      return []
    case .notRead:
      return [
        Finding(
          .symbolsNotRead, "was read without its symbols",
          remedy: "Read the image with its symbols before validating it as built.")
      ]
    case .damaged(let reason):
      return [
        Finding(
          .damagedSymbols, "has a damaged symbol table: \(reason)",
          remedy: "Link the image again.")
      ]
    case .read(let table):
      return undefinedFindings + entrySymbolFindings(table)
    }
  }

  /// Findings about symbols that nothing defines, if the symbols were read.
  var undefinedFindings: [Finding] {
    guard case .read(let table) = symbols, table.undefinedCount > 0 else { return [] }
    let more = table.undefinedCount > table.undefined.count ? ", …" : ""
    return [
      Finding(
        .undefinedSymbol,
        "refers to \(counted(table.undefinedCount, "symbol")) that nothing defines: "
          + table.undefined.joined(separator: ", ") + more,
        remedy: "Define them, or link what does; lld says who asks with --no-undefined.")
    ]
  }

  private func entrySymbolFindings(_ table: SymbolTable) -> [Finding] {
    guard let entry, table.entryName == nil else { return [] }
    return [
      Finding(
        .entryWithoutSymbol,
        "starts at \(hex(entry.address.rawValue)), where no symbol is",
        offset: entry.note.descriptorOffset, remedy: "Let the note refer to the entry's label.")
    ]
  }
}
