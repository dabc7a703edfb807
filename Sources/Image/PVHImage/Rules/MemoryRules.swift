// SPDX-License-Identifier: Apache-2.0

import XenABI

/// A domain in which an image is to run.
struct IntendedDomain {
  let memoryKiB: UInt64
  let moduleBytes: [UInt64]
  /// Without the NUL.
  let commandLineBytes: UInt64
}

extension Rule {
  static let domain: [Rule] = [
    .tooManyModules, .emptyModule, .modulesInSpecialPages, .memoryTooSmall, .imageBeyondMemory,
  ]

  private static let modules = "Xen: tools/include/xenguest.h XG_MAX_MODULES"

  /// More modules than libxenguest hands over.
  public static let tooManyModules = Rule(
    "too-many-modules", xl: .refused, qemu: nil, dom0: nil, source: modules,
    remedy: "Pack them into one archive.",
    check: .domain { _, domain in
      guard domain.moduleBytes.count > MemoryNeed.moduleLimit else { return [] }
      return [
        Violation(
          "gets \(domain.moduleBytes.count) modules, libxenguest hands over "
            + "\(MemoryNeed.moduleLimit)")
      ]
    })

  /// A module of 0 bytes.
  public static let emptyModule = Rule(
    "empty-module", xl: .refused, qemu: nil, dom0: nil, source: modules,
    remedy: "Leave the module out or put something into it.",
    check: .domain { _, domain in
      domain.moduleBytes.enumerated().filter { $0.element == 0 }.map { module in
        Violation("gets module \(module.offset) of 0 bytes, which libxenguest refuses")
      }
    })

  /// Image, modules and start info do not fit below Xen's own range.
  public static let modulesInSpecialPages = Rule(
    "modules-in-special-pages", xl: .refused, qemu: nil, dom0: nil,
    source: "Xen: tools/libs/guest/xg_dom_x86.c, tools/libs/light/libxl_x86.c",
    remedy: "Link the image lower or make the modules smaller.",
    check: .domain { image, domain in
      guard let need = image.memoryNeed(in: domain), need.total > PVHImage.specialPages else {
        return []
      }
      return [
        Violation(
          "ends with its modules and start info at \(hex(need.total)), in the range that Xen keeps "
            + "from \(hex(PVHImage.specialPages))")
      ]
    })

  /// The domain has less memory than image, modules and start info take.
  public static let memoryTooSmall = Rule(
    "memory-too-small", xl: .refused, qemu: nil, dom0: nil,
    source: "Xen: tools/libs/guest/xg_dom_core.c xc_dom_chk_alloc_pages",
    remedy: "Give the domain as much memory as the message says, or more.",
    check: .domain { image, domain in
      guard let need = image.memoryNeed(in: domain), need.total <= PVHImage.specialPages,
        domain.memoryKiB < need.kibibytes
      else { return [] }
      return [
        Violation(
          "needs at least \(need.kibibytes) KiB (image up to \(need.image / 1024), modules "
            + "\(need.modules / 1024), start info \(need.startInfo / 1024)), "
            + "and the domain is to have \(domain.memoryKiB) KiB",
          remedy: "Give it \(need.kibibytes) KiB or more; xl takes whole MiB: "
            + "\(need.mebibytes).")
      ]
    })

  /// A segment reaches beyond the memory that QEMU gives the guest; what is loaded there is lost.
  public static let imageBeyondMemory = Rule(
    "image-beyond-memory", xl: nil, qemu: .misbehaves, dom0: nil,
    source: "QEMU: hw/core/loader.c rom_reset",
    remedy: "Give QEMU more memory with -m, or link the image lower.",
    check: .domain { image, domain in
      let size = domain.memoryKiB.multipliedReportingOverflow(by: 1024)
      guard !size.overflow,
        let segment = image.programHeaders.first(where: {
          $0.type == .load && $0.memorySize > 0 && $0.physicalEnd.rawValue > size.partialValue
        })
      else { return [] }
      return [
        Violation(
          "has \(segment.label) up to \(hex(segment.physicalEnd.rawValue)), and the guest is to have "
            + "memory up to \(hex(size.partialValue))", at: image.at(.physicalAddress, of: segment))
      ]
    })
}

extension PVHImage {
  fileprivate func memoryNeed(in domain: IntendedDomain) -> MemoryNeed? {
    memoryNeed(moduleBytes: domain.moduleBytes, commandLineBytes: domain.commandLineBytes)
  }
}
