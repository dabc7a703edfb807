// SPDX-License-Identifier: Apache-2.0

extension ZooImage {
  /// Images in places where there may be no memory, or that of somebody else.
  static let places: [ZooImage] = [
    ZooImage(
      "at-12-kib", "It is linked at 12 KiB.",
      xl: .boots("a PVH domain has nothing below 1 MiB", "Xen: tools/libs/guest/xg_dom_x86.c"),
      qemu: .boots("the firmware writes to other places below 1 MiB", ZooSource.seaBIOS),
      linuxLoader: .boots(
        "it loads where there is memory; what else lies there is for who uses it to know",
        "\(ZooSource.rust) load")
    ) { $0.move(to: 0x3000) },
    ZooImage(
      "at-zero", "It is linked at 0.",
      xl: .boots("a PVH domain has nothing below 1 MiB", "Xen: tools/libs/guest/xg_dom_x86.c"),
      qemu: .misbehaves(
        nil, "the firmware has its interrupt vectors and variables there", ZooSource.seaBIOS),
      linuxLoader: .boots(
        "it loads where there is memory; what else lies there is for who uses it to know",
        "\(ZooSource.rust) load")
    ) { $0.move(to: 0) },
    ZooImage(
      "at-640-kib", "It is linked at 0xA0000, where a PC has no memory.",
      xl: .boots("a PVH domain has memory there", "Xen: tools/libs/guest/xg_dom_x86.c"),
      qemu: .misbehaves(nil, "a PC's screen is there", ZooSource.roms),
      linuxLoader: .boots(
        "it loads where there is memory; what else lies there is for who uses it to know",
        "\(ZooSource.rust) load")
    ) { $0.move(to: 0xa_0000) },
    ZooImage(
      "beyond-memory", "It is linked at 512 MiB, for a guest of 64 MiB.",
      xl: .refused("there is no memory for it", "\(ZooSource.core) xc_dom_chk_alloc_pages"),
      qemu: .misbehaves(nil, "what is loaded where no memory is gets lost", ZooSource.roms),
      linuxLoader: .rustNoMemory
    ) { $0.move(to: 0x2000_0000) },
    ZooImage(
      "in-special-pages", "It is linked at 0xFEFF8000, where Xen has its pages for rings.",
      xl: .refused("no memory is there", "\(ZooSource.core) xc_dom_chk_alloc_pages"),
      qemu: .misbehaves(nil, "what is loaded where no memory is gets lost", ZooSource.roms),
      linuxLoader: .rustNoMemory
    ) { $0.move(to: 0xfeff_8000) },
    ZooImage(
      "above-4-gib", "It is linked at 4 GiB and 1 MiB, which no 32-bit entry can name.",
      xl: .refused("no image is placed there", "\(ZooSource.core) xc_dom_chk_alloc_pages"),
      qemu: .misbehaves(nil, "what is loaded where no memory is gets lost", ZooSource.roms),
      linuxLoader: .rustNoMemory
    ) { $0.move(to: 0x1_0010_0000) },
    ZooImage(
      "file-size-over-memory-size",
      "The last segment has more bytes in the file than in memory, and more than its page has room for.",
      xl: .misbehaves(
        .missingBytes, "what does not fit is not copied at all, and nobody says so",
        "\(ZooSource.tools) elf_memcpy_safe"),
      qemu: .misbehaves(
        nil,
        "it clears what memory has more than the file, a size that is below zero here, and never ends",
        ZooSource.roms),
      linuxLoader: .boots("all bytes of the file are loaded", "\(ZooSource.rust) load")
    ) { image in
      image.addMark { segment in
        segment.content += [UInt8](repeating: 0, count: 0x1000)
        segment.memorySize = 0x10
      }
    },
  ]
}
