// SPDX-License-Identifier: Apache-2.0

extension ZooImage {
  private static let base: UInt64 = 0x10_0000

  /// What is odd about segments, and about where the entry is among them.
  static let segments: [ZooImage] = [
    ZooImage(
      "entry-outside", "The note names an address behind all segments.",
      xl: .refused(
        "\"ELF start or entries are out of bounds\"", "\(ZooSource.dominfo) elf_xen_addr_calc_check"
      ),
      qemu: .misbehaves(nil, "the address is not compared with anything", ZooSource.startAddress),
      linuxLoader: .misbehaves(
        nil, "the address is not compared with anything", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([.entry(base + 0x20_0000)]) },
    ZooImage(
      "entry-in-gap",
      "The note names an address between two segments; the processor runs through zeros to the second one.",
      xl: .misbehaves(
        .decoy, "the address is within the image's extent",
        "\(ZooSource.dominfo) elf_xen_addr_calc_check"),
      qemu: .misbehaves(
        .decoy, "the address is not compared with anything", ZooSource.startAddress),
      linuxLoader: .misbehaves(
        .decoy, "the address is not compared with anything", "\(ZooSource.rust) parse_elf_note")
    ) { image in
      image.notes = .notes([.entry(base + 0x3000)])
      let decoy = ZooProgram.bytes(
        image.name, at: base + 0x4000, scratch: base + ZooProgram.scratch)
      image.more = [ZooSegment(flags: 5, address: base + 0x4000, content: decoy)]
    },
    ZooImage(
      "entry-not-executable", "The note names an address in a segment without the execute flag.",
      xl: .boots(
        "paging is off, and flags say what is loaded", "\(ZooSource.loader) elf_phdr_is_loadable"),
      qemu: .boots("the flags do not count", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("the flags do not count", "\(ZooSource.rust) load")
    ) { $0.code.flags = 4 },
    ZooImage(
      "overlap", "A second segment lies over the code, with an entry that is a wrong one.",
      xl: .misbehaves(
        .decoy, "both are copied, one after the other", "\(ZooSource.loader) elf_load_binary"),
      qemu: .refused(
        "\"Some ROM regions are overlapping\"",
        "QEMU: hw/core/loader.c rom_check_and_register_reset"),
      linuxLoader: .misbehaves(
        .decoy, "both are copied, one after the other", "\(ZooSource.rust) load")
    ) { image in
      image.more = [
        ZooSegment(
          flags: 5, address: base,
          content: ZooProgram.bytes(image.name, at: base, isDecoy: true))
      ]
    },
    ZooImage(
      "high-half", "Virtual addresses are 2 GiB below the end of 64 bits, physical ones at 1 MiB.",
      xl: .boots("p_paddr counts", "\(ZooSource.loader) elf_load_binary"),
      qemu: .boots("p_paddr counts", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("p_paddr counts", "\(ZooSource.rust) load")
    ) { image in
      image.code.virtualAddress = 0xffff_ffff_8000_0000 + base
      image.zeros.virtualAddress = 0xffff_ffff_8000_1000 + base
    },
    ZooImage(
      "page-aligned", "The segments are aligned to 4 KiB, as linkers do it.",
      xl: .xlBoots, qemu: .qemuBoots,
      linuxLoader: .refused(
        "segments have to be aligned to 2 MiB, or not at all: \"Invalid alignment\"",
        "\(ZooSource.rust) load")
    ) { image in
      image.code.alignment = 4096
      image.zeros.alignment = 4096
    },
    ZooImage(
      "start-unaligned", "The image begins 16 bytes behind a page boundary.",
      xl: .refused(
        "\"segment boundary isn't page aligned\"", "\(ZooSource.core) xc_dom_alloc_pad"),
      qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.move(to: base + 0x10) },
    ZooImage(
      "empty-segment", "A PT_LOAD of size 0 is at address 0.",
      xl: .boots(
        "the image's extent begins at 0 then, and all of it is there",
        "\(ZooSource.loader) elf_parse_binary"),
      qemu: .boots("what has no size is left out", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("what has no bytes in the file is left out", "\(ZooSource.rust) load")
    ) { $0.more = [ZooSegment(flags: 4, address: 0)] },
    ZooImage(
      "segment-without-flags",
      "A PT_LOAD with bytes of the image has neither read, write nor execute flag.",
      xl: .misbehaves(
        .missingBytes, "it is not loaded", "\(ZooSource.loader) elf_phdr_is_loadable"),
      qemu: .boots("the flags do not count", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("the flags do not count", "\(ZooSource.rust) load")
    ) { $0.addMark { $0.flags = 0 } },
    ZooImage(
      "cut-short", "The last segment's bytes end behind the file.",
      xl: .misbehaves(
        .missingBytes, "what is behind the file's end is not copied, and nobody says so",
        "\(ZooSource.tools) elf_memcpy_safe"),
      qemu: .refused("the segment cannot be read", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .refused(
        "the segment cannot be read: \"Unable to read kernel image\"", "\(ZooSource.rust) load")
    ) { image in
      image.addMark { segment in
        segment.fileSize = 0x1000
        segment.memorySize = 0x1000
      }
    },
  ]
}

extension ZooELF {
  /// Puts the mark that the program looks for into a segment of its own, which is the last one.
  mutating func addMark(_ change: (inout ZooSegment) -> Void) {
    let place = base + 0x2000
    code.content = ZooProgram.bytes(name, at: base, mark: place)
    var segment = ZooSegment(flags: 4, address: place, content: ZooProgram.mark)
    change(&segment)
    more.append(segment)
  }
}
