// SPDX-License-Identifier: Apache-2.0

/// A way to start a guest that is odd, but that the specification allows: what other launchers do, or may
/// do tomorrow. For authors of guests, whose guests should end under each as they usually do.
public enum LaunchVariation: String, Equatable, Sendable, CaseIterable {
  case startInfoBelow = "start-info-below"
  case startInfoAtEnd = "start-info-at-end"
  case startInfoUnder4GiB = "start-info-under-4gib"
  case startInfoAcrossPages = "start-info-across-pages"
  case modulesBelow = "modules-below"
  case moduleListApart = "module-list-apart"
  case commandLineAbsent = "cmdline-absent"
  case commandLineLong = "cmdline-4kib"
  case commandLineEndsPage = "cmdline-ends-page"
  case mapAbsent = "memmap-absent"
  case mapOfOne = "memmap-one-entry"
  case mapOf128 = "memmap-128-entries"
  case mapUnsorted = "memmap-unsorted"
  case mapAdjacent = "memmap-adjacent"
  case withoutRSDP = "no-rsdp"
  case withRSDP = "rsdp"
  case ringsAsQEMU = "rings-as-qemu"
  case ringIndices = "ring-indices"
  case consoleUnserved = "console-unserved"
  case registers
  case selectors
  case flags
  case oddMemory = "odd-memory"
  case dirtyMemory = "dirty-memory"

  /// What is odd: a sentence without its full stop.
  public var meaning: String { words.meaning }
  /// What allows it: the file in Xen's tree, and what it says.
  public var permission: String { words.permission }

  private var words: (meaning: String, permission: String) {
    switch self {
    case .startInfoBelow:
      ("start info lies in the page below the image", Self.anywhere)
    case .startInfoAtEnd:
      ("start info lies in the last pages of memory below 4 GiB", Self.anywhere)
    case .startInfoUnder4GiB:
      ("start info lies in a page of memory that ends at 4 GiB", Self.anywhere)
    case .startInfoAcrossPages:
      ("the structure of start info begins in one page and ends in the next", Self.anywhere)
    case .modulesBelow: ("the modules lie below the image", Self.anywhere)
    case .moduleListApart: ("the module list lies in another page than start info", Self.anywhere)
    case .commandLineAbsent:
      ("there is no command line, and its address is 0", "\(Self.header): address 0 means absence")
    case .commandLineLong:
      (
        "spaces fill the command line up to 4 KiB, its zero included",
        "\(Self.header): a zero-terminated ASCII string, with no limit"
      )
    case .commandLineEndsPage:
      ("the command line's zero is the last byte of a page", Self.anywhere)
    case .mapAbsent:
      ("start info has version 0, and no memory map", "\(Self.header): version 0, 40 bytes")
    case .mapOfOne:
      ("the memory map has one entry, the memory", "\(Self.header): memmap_entries is any number")
    case .mapOf128:
      (
        "the memory map has 128 entries, the memory in pieces",
        "\(Self.header): memmap_entries is any number"
      )
    case .mapUnsorted:
      ("the memory map begins with its last entry", "\(Self.header): entries have no order")
    case .mapAdjacent:
      (
        "the memory map has the memory in two entries that touch",
        "\(Self.header): entries are a base and a size, and nothing joins them"
      )
    case .withoutRSDP: ("there are no ACPI tables", "\(Self.header): address 0 means absence")
    case .withRSDP:
      ("there are ACPI tables, for a guest that needs none, too", "\(Self.header): rsdp_paddr")
    case .ringsAsQEMU:
      (
        "the pages of console and xenstore lie where QEMU has them",
        "public/hvm/params.h: HVM_PARAM_CONSOLE_PFN and HVM_PARAM_STORE_PFN say where"
      )
    case .ringIndices:
      (
        "the indices of both rings begin at 0xfffffff0, and stale bytes are in them",
        "docs/misc/xenstore-ring.txt: indices count freely and wrap; public/io/ring.h"
      )
    case .consoleUnserved:
      (
        "the console's page says that nobody serves it, until somebody does",
        "public/io/console.h: connection, from Xen 4.21 on"
      )
    case .registers:
      (
        "all registers but EBX hold 0xdeadbeef",
        "\(Self.entry): all other processor registers are unspecified"
      )
    case .selectors:
      (
        "segment selectors have other values, and no table has them",
        "\(Self.entry): the selectors' values are unspecified"
      )
    case .flags:
      (
        "the direction flag and those of arithmetic are set",
        "\(Self.entry): of EFLAGS, VM, IF and TF are clear, and others unspecified"
      )
    case .oddMemory:
      ("the number of the domain's pages is odd", "\(Self.header): any size in bytes")
    case .dirtyMemory:
      (
        "memory outside of what was loaded is full of 0xa5",
        "\(Self.entry): nothing says what is in it"
      )
    }
  }

  private static let header = "public/arch-x86/hvm/start_info.h"
  private static let entry = "docs/misc/pvh.pandoc"
  private static let anywhere =
    "\(header): addresses are physical ones, below 4 GiB, with no order between them"
}

extension LaunchVariation {
  /// The indices with which rings begin.
  public var firstRingIndex: UInt32 { self == .ringIndices ? 0xffff_fff0 : 0 }

  /// What of a domain keeps the variation from taking place; nil if nothing does.
  ///
  /// `room` is the number of pages below the image but page 0.
  public func obstacle(
    in domain: DomainConfiguration, room: Int, moduleBytes: Int
  ) -> String? {
    switch self {
    case .startInfoBelow where room < 1:
      "the image begins in the first or second page, and nothing fits below it"
    case .modulesBelow where moduleBytes == 0, .moduleListApart where moduleBytes == 0:
      "there is no module: --module"
    case .modulesBelow where room * 4096 < moduleBytes:
      "the \(moduleBytes) bytes of modules do not fit below the image"
    case .commandLineAbsent where !domain.commandLine.isEmpty:
      "the guest has a command line, which is not to be taken from it"
    case .mapOfOne where domain.memoryKiB > 0xfc00_0000 / 1024:
      "the domain has memory on both sides of 4 GiB"
    default: nil
    }
  }
}
