// SPDX-License-Identifier: Apache-2.0

extension ZooImage {
  /// What is odd about the ELF header.
  static let wholes: [ZooImage] = [
    ZooImage(
      "elf32", "It is an ELF32 file for the 386.",
      xl: .boots("both classes are read", "\(ZooSource.loader) elf_init"),
      qemu: .boots("both classes are read", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .rustNarrow
    ) { $0.makeNarrow() },
    ZooImage(
      "elf64-386", "It is an ELF64 file for the 386.",
      xl: .boots("the machine does not count", "\(ZooSource.loader) elf_init"),
      qemu: .boots("the 386 and x86-64 are taken", "QEMU: hw/core/loader.c load_elf_ram_sym"),
      linuxLoader: .boots("the machine does not count", "\(ZooSource.rust) validate_header")
    ) { $0.machine = 3 },
    ZooImage(
      "elf32-x86-64", "It is an ELF32 file for x86-64, as x32 has it.",
      xl: .boots("the machine does not count", "\(ZooSource.loader) elf_init"),
      qemu: .boots("the 386 and x86-64 are taken", "QEMU: hw/core/loader.c load_elf_ram_sym"),
      linuxLoader: .rustNarrow
    ) { $0.isWide = false },
    ZooImage(
      "other-machine", "It is for AArch64, as its header says.",
      xl: .boots("the machine does not count", "\(ZooSource.loader) elf_init"),
      qemu: .refused(
        "the machine is another one: \"invalid kernel header\" or without a PVH note",
        "QEMU: hw/core/loader.c load_elf_ram_sym"),
      linuxLoader: .boots("the machine does not count", "\(ZooSource.rust) validate_header")
    ) { $0.machine = 183 },
    ZooImage(
      "shared-object", "Its type is DYN, as that of a position-independent program.",
      xl: .boots("the type does not count", "\(ZooSource.loader) elf_init"),
      qemu: .boots("the type does not count", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("the type does not count", "\(ZooSource.rust) validate_header")
    ) { $0.type = 3 },
    ZooImage(
      "elf-flags", "Its header has flags, of which x86 has none: e_flags is 4.",
      xl: .boots("the flags do not count", "\(ZooSource.loader) elf_init"),
      qemu: .refused(
        "bits 2 and 16 are refused: \"elfboot unsupported flags\"",
        "QEMU: hw/i386/x86.c load_elfboot"),
      linuxLoader: .boots("the flags do not count", "\(ZooSource.rust) validate_header")
    ) { $0.flags = 4 },
  ]

  /// What can be started otherwise, too, or has to be unpacked first.
  static let containers: [ZooImage] = [
    ZooImage(
      "multiboot-elf32", "It is an ELF32 file with a Multiboot header, too.",
      xl: .boots("Multiboot is not looked for", "\(ZooSource.elfLoader) xc_dom_probe_elf_kernel"),
      qemu: .misbehaves(
        .multiboot, "Multiboot goes first, and starts e_entry", ZooSource.multiboot),
      linuxLoader: .rustNarrow
    ) { image in
      image.makeNarrow()
      image.inserted = multibootHeader
    },
    ZooImage(
      "multiboot-elf64", "It is an ELF64 file with a Multiboot header, too.",
      xl: .boots("Multiboot is not looked for", "\(ZooSource.elfLoader) xc_dom_probe_elf_kernel"),
      qemu: .refused(
        "Multiboot goes first, and has no ELF64: \"Cannot load x86-64 image, give a 32bit one.\"",
        ZooSource.multiboot),
      linuxLoader: .boots("Multiboot is not looked for", "\(ZooSource.rust) load")
    ) { $0.inserted = multibootHeader },
    ZooImage(
      "gzip", "The whole ELF file is in a gzip file.",
      xl: .boots("it is unpacked", "\(ZooSource.core) xc_dom_try_gunzip"),
      qemu: .misbehaves(
        nil, "it is not unpacked, and what is packed is started like a very old Linux",
        ZooSource.linux),
      linuxLoader: .refused(
        "it is no ELF file: \"Invalid Elf magic number\"", "\(ZooSource.rust) validate_header"),
      packing: .gzip),
    ZooImage(
      "boot-image",
      "The ELF file, packed with gzip, is the payload of a boot image like Linux's (bzImage).",
      xl: .boots(
        "the payload is unpacked and loaded", "\(ZooSource.bootImage) xc_dom_probe_bzimage_kernel"),
      qemu: ZooVerdict(
        outcome: .boots,
        reason: "it runs, but by Linux's boot protocol: from its real-mode code on",
        source: ZooSource.linux, line: .linuxProtocol),
      linuxLoader: .refused(
        "it is no ELF file: \"Invalid Elf magic number\"; its loader for boot images takes it, for Linux's "
          + "boot protocol", "\(ZooSource.rust) validate_header"),
      packing: .bootImage),
  ]

  /// Magic, flags, and what makes their sum 0. Source: Multiboot specification, "Header layout".
  private static let multibootHeader: [UInt8] =
    zooBytes(0x1bad_b002, 4) + zooBytes(0, 4) + zooBytes(0x1_0000_0000 - 0x1bad_b002, 4)
}
