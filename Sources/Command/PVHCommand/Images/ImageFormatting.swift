// SPDX-License-Identifier: Apache-2.0

import ImageUnpacking
import PVHImage
import XenABI

/// Words for the parts of an image, for people and for JSON alike.
extension Packing {
  var kind: String {
    switch self {
    case .none: "none"
    case .gzip: "gzip"
    case .bzImage: "bzImage"
    }
  }

  var compression: Compression? {
    switch self {
    case .none: nil
    case .gzip: .gzip
    case .bzImage(let compression): compression
    }
  }
}

extension ImageSymbols {
  /// The name of the symbol at the PVH entry.
  var entryName: String? {
    if case .read(let table) = self { table.entryName } else { nil }
  }
}

extension ImageNote.Place {
  var kind: String {
    switch self {
    case .programHeader: "segment"
    case .section: "section"
    }
  }

  var index: Int {
    switch self {
    case .programHeader(let index), .section(let index): index
    }
  }
}

extension ImageNote {
  /// The descriptor as what its type says it is.
  var value: (number: UInt64?, text: String?) {
    guard let xenType else { return (nil, nil) }
    if xenType.isText {
      return (nil, String(decoding: descriptor.prefix { $0 != 0 }, as: UTF8.self))
    }
    guard [1, 2, 4, 8].contains(descriptorSize), descriptor.count == Int(descriptorSize) else {
      return (nil, nil)
    }
    return (descriptor.reversed().reduce(0) { $0 << 8 | UInt64($1) }, nil)
  }
}

extension PVHImage {
  /// The notes in segments, and those in sections that are not the same ones.
  var distinctNotes: [ImageNote] {
    let seen = Set(notes.map(\.offset))
    return notes + sectionNotes.filter { !seen.contains($0.offset) }
  }
}

extension SegmentFlags {
  /// As readelf writes them.
  var text: String {
    [(SegmentFlags.read, "R"), (.write, "W"), (.execute, "X")]
      .map { contains($0.0) ? $0.1 : "-" }.joined()
  }
}

extension SegmentType {
  /// As readelf writes it, without `PT_`.
  var text: String {
    switch self {
    case .load: "LOAD"
    case .dynamic: "DYNAMIC"
    case .interpreter: "INTERP"
    case .note: "NOTE"
    case .init(rawValue: 6): "PHDR"
    case .init(rawValue: 0x6474_e550): "GNU_EH_FRAME"
    case .init(rawValue: 0x6474_e551): "GNU_STACK"
    case .init(rawValue: 0x6474_e552): "GNU_RELRO"
    case .init(rawValue: 0x6474_e553): "GNU_PROPERTY"
    default: "0x" + String(rawValue, radix: 16)
    }
  }
}

extension ELFMachine {
  /// The processor's name.
  var text: String {
    switch self {
    case .i386: "i386"
    case .x8664: "x86-64"
    default: "machine \(rawValue)"
    }
  }
}

/// A number as people compare it with the output of readelf.
func hex(_ number: some BinaryInteger) -> String { "0x" + String(number, radix: 16) }
