// SPDX-License-Identifier: Apache-2.0

/// Where verdicts come from.
enum ZooSource {
  static let dominfo = "Xen: xen/common/libelf/libelf-dominfo.c"
  static let tools = "Xen: xen/common/libelf/libelf-tools.c"
  static let loader = "Xen: xen/common/libelf/libelf-loader.c"
  static let elfLoader = "Xen: tools/libs/guest/xg_dom_elfloader.c"
  static let core = "Xen: tools/libs/guest/xg_dom_core.c"
  static let bootImage = "Xen: tools/libs/guest/xg_dom_bzimageloader.c"
  static let elfOps = "QEMU: include/hw/elf_ops.h"
  static let linux = "QEMU: hw/i386/x86.c x86_load_linux"
  static let startAddress = "QEMU: hw/i386/x86.c read_pvh_start_addr"
  static let multiboot = "QEMU: hw/i386/multiboot.c load_multiboot"
  static let roms = "QEMU: hw/core/loader.c rom_reset"
  static let seaBIOS = "SeaBIOS: src/fw, src/malloc.c"
  static let rust = "linux-loader: src/loader/elf/mod.rs"
}

extension ZooVerdict {
  /// The usual verdicts on images that boot.
  static let xlBoots = boots("nothing that libelf looks at is odd", ZooSource.dominfo)
  static let qemuBoots = boots("nothing that the loader looks at is odd", ZooSource.startAddress)
  static let rustBoots = boots("nothing that the loader looks at is odd", ZooSource.rust)

  /// linux-loader, where it finds no PVH entry.
  static func rustFindsNone(_ reason: String) -> ZooVerdict {
    misbehaves(
      nil,
      "\(reason); it loads the file and reports no PVH entry, and who uses it starts e_entry as "
        + "64-bit code", "\(ZooSource.rust) parse_elf_note")
  }

  /// linux-loader, which reads ELF64 program headers only.
  static let rustNarrow = refused(
    "program headers of another size than ELF64's: \"Invalid program header size\"",
    "\(ZooSource.rust) validate_header")

  /// linux-loader has no idea of a machine: where there is memory, it loads.
  static let rustNoMemory = refused(
    "there is no memory to read the segment into: \"Unable to read kernel image\"",
    "\(ZooSource.rust) load")
}
