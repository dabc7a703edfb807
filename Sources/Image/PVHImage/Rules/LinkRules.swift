// SPDX-License-Identifier: Apache-2.0

import XenABI

extension Rule {
  static let linking: [Rule] = [.dynamicImage, .undefinedSymbol]

  // The stricter rules for an image that is to be handed out.
  static let noteAsLinked: [Rule] = [.extraXenNote, .noteNotAlone, .noteNotFirst]
  static let symbolsAsLinked: [Rule] = [.symbolsNotRead, .damagedSymbols, .entryWithoutSymbol]

  /// An entry for an image that may well boot, but is not what this project makes.
  private static func style(
    _ name: String, source: String = "PVHKit: linker/pvh-x86_64.ld", remedy: String, check: Check
  ) -> Rule {
    Rule(
      name, xl: .notAsLinked, qemu: .notAsLinked, dom0: .notAsLinked, source: source,
      remedy: remedy, check: check)
  }

  private static let noLinker = "Xen: nothing in the domain builder relocates or links"

  /// The image asks for a dynamic linker.
  public static let dynamicImage = style(
    "dynamic-image", source: noLinker, remedy: "Link with -static and without -pie.",
    check: .programHeader { image, header in
      guard header.type == .interpreter || header.type == .dynamic else { return nil }
      return Violation("has a \(header.label), so it is not static", at: header.headerOffset)
    })

  /// The image refers to a symbol that nothing defines.
  public static let undefinedSymbol = style(
    "undefined-symbol", source: noLinker,
    remedy: "Define them, or link what does; lld says who asks with --no-undefined.",
    check: .image { image in
      guard case .read(let table) = image.symbols, table.undefinedCount > 0 else { return [] }
      let more = table.undefinedCount > table.undefined.count ? ", …" : ""
      return [
        Violation(
          "refers to \(counted(table.undefinedCount, "symbol")) that nothing defines: "
            + table.undefined.joined(separator: ", ") + more)
      ]
    })

  /// There is a Xen note besides PHYS32_ENTRY.
  public static let extraXenNote = style(
    "extra-xen-note",
    remedy: "Discard .note sections other than those of the runtime in the linker script.",
    check: .image { image in
      guard let own = image.ownNotes else { return [] }
      return own.others.map {
        Violation("has a second Xen note, of type \($0.type)", at: $0.offset)
      }
    })

  /// The Xen note shares its PT_NOTE, or is not as small as it can be.
  public static let noteNotAlone = style(
    "note-not-alone", remedy: "Give the note a PT_NOTE in PHDRS.",
    check: .image { image in
      guard let own = image.ownNotes, own.header.fileSize != own.size || own.entry.ownerSize != 4
      else { return [] }
      return [
        Violation(
          "has its Xen note in a \(own.header.label) of \(counted(own.header.fileSize, "byte")) "
            + "instead of \(own.size) of its own", at: image.at(.fileSize, of: own.header))
      ]
    })

  /// The PT_NOTE of the Xen note is not the first program header.
  public static let noteNotFirst = style(
    "note-not-first", remedy: "Name the note's PT_NOTE first in PHDRS.",
    check: .image { image in
      guard let own = image.ownNotes, own.header.index != 0 else { return [] }
      return [
        Violation(
          "has its Xen note in program header #\(own.header.index), not in the first one",
          at: own.header.headerOffset)
      ]
    })

  /// The image was read without its symbols, so their rules were not checked.
  public static let symbolsNotRead = style(
    "symbols-not-read", remedy: "Read the image with its symbols before validating it as built.",
    check: .image { image in
      image.symbols == .notRead ? [Violation("was read without its symbols")] : []
    })

  /// The symbol table could not be read.
  public static let damagedSymbols = style(
    "damaged-symbols", remedy: "Link the image again.",
    check: .image { image in
      guard case .damaged(let reason) = image.symbols else { return [] }
      return [Violation("has a damaged symbol table: \(reason)")]
    })

  /// No symbol has the entry's address.
  public static let entryWithoutSymbol = style(
    "entry-without-symbol", remedy: "Let the note refer to the entry's label.",
    check: .image { image in
      guard case .read(let table) = image.symbols, table.entryName == nil, let entry = image.entry
      else { return [] }
      return [
        Violation(
          "starts at \(hex(entry.address.rawValue)), where no symbol is",
          at: entry.note.descriptorOffset)
      ]
    })
}

/// The entry's note, and behind it at most the name of the runtime: then no loader can miss it.
private struct OwnNotes {
  let entry: ImageNote
  /// What contains it.
  let header: ProgramHeader
  /// Bytes of the entry's note and of the runtime's name.
  let size: UInt64
  /// Xen notes that are neither.
  let others: [ImageNote]
}

extension PVHImage {
  fileprivate var ownNotes: OwnNotes? {
    let all = notes.filter(\.isXen)
    guard let entry = all.first(where: \.isPVHEntry), case .programHeader(let index) = entry.place
    else { return nil }
    let others = all.filter { $0 != entry }
    let name = others.first {
      $0.xenType == .guestOS && $0.place == entry.place && $0.offset > entry.offset
    }
    let size = [entry, name].compactMap(\.self).reduce(0) {
      $0 + $1.descriptorOffset - $1.offset + $1.descriptorSize.roundedUpTo4
    }
    return OwnNotes(
      entry: entry, header: programHeaders[index], size: size,
      others: others.filter { $0 != name })
  }
}
