// SPDX-License-Identifier: Apache-2.0

import StartInfoRecords
import XenDomainModel

/// Where everything of a new domain goes in its memory: arithmetic, no calls.
///
/// The order is libxenguest's: image, module, start info, each from a page boundary on.
struct DomainLayout: Equatable {
  /// Why something cannot be placed.
  enum Failure: Error, Equatable {
    /// The image ends behind the memory.
    case imageTooLarge
    /// Image, module and start info together end behind the memory.
    case contentTooLarge
  }

  /// Bytes in a page.
  static var pageSize: Int { 4096 }
  /// Pages in a superpage of 2 MiB.
  static var superpage: Int { 512 }
  /// The first address under 4 GiB that is no memory: local APIC, ACPI tables and special pages
  /// have their places behind it (C name: `HVM_BELOW_4G_MMIO_START` less what ACPI takes).
  static var lowMemoryLimit: Int { 0xfc00_0000 }
  /// The eight pages that libxenguest keeps for rings and the like (C name: `special_pfn`).
  static var specialPages: Range<Int> { 0xfeff8..<0xff000 }

  /// Frame of the page shared with xenstored, where libxenguest has it.
  var storeFrame = 0xfeffc
  /// Frame of a page directory that maps 4 GiB one to one; only some Intel processors want it.
  static var identityFrame: Int { 0xfeffe }
  /// Frame of the page shared with xenconsoled.
  var consoleFrame = 0xfefff

  /// Pages of memory.
  var pageCount: Int
  /// Pages that the image occupies, from its lowest address on.
  var image: Range<Int>
  /// Pages that the module occupies; empty without one.
  var module: Range<Int>
  /// Pages of start info, command line, module list and memory map.
  var startInfo: Range<Int>
  /// Pages of the ACPI tables, directly under the special pages, where they need no page table of
  /// their own; empty without tables.
  var acpi: Range<Int>

  /// Pages of memory beside the usual ones.
  var extra: Range<Int> = 0..<0

  /// Targets an image at its address, the rest behind it unless the variation has it elsewhere, and ACPI
  /// tables of so many bytes.
  init(
    memoryKiB: Int, image: Range<Int>, moduleSize: Int, startInfoSize: Int, acpiSize: Int = 0,
    variation: LaunchVariation? = nil
  ) throws(Failure) {
    acpi = Self.acpiFrames(acpiSize)
    pageCount = memoryKiB * 1024 / Self.pageSize
    self.image = image
    guard image.upperBound <= min(pageCount, Self.lowMemoryLimit / Self.pageSize) else {
      throw .imageTooLarge
    }
    module = image.upperBound..<image.upperBound + Self.pages(moduleSize)
    startInfo = module.upperBound..<module.upperBound + Self.pages(startInfoSize)
    guard startInfo.upperBound <= min(pageCount, Self.lowMemoryLimit / Self.pageSize) else {
      throw .contentTooLarge
    }
    if let variation { try place(by: variation) }
  }

  private mutating func place(by variation: LaunchVariation) throws(Failure) {
    let count = startInfo.count
    switch variation {
    case .startInfoBelow: startInfo = image.lowerBound - count..<image.lowerBound
    case .startInfoAtEnd:
      let end = min(pageCount, Self.lowMemoryLimit / Self.pageSize)
      startInfo = end - count..<end
    case .startInfoUnder4GiB:
      startInfo = (1 << 20) - count..<(1 << 20)
      extra = startInfo
    case .modulesBelow:
      module = image.lowerBound - module.count..<image.lowerBound
    case .ringsAsQEMU: (consoleFrame, storeFrame) = (0xfeff8, 0xfeff9)
    default: break
    }
    // Page 0 stays empty.
    guard min(startInfo.lowerBound, module.isEmpty ? 1 : module.lowerBound) > 0 else {
      throw .contentTooLarge
    }
  }

  /// Pages that so many bytes need.
  static func pages(_ bytes: Int) -> Int { (bytes + pageSize - 1) / pageSize }

  /// The address where a range of frames begins.
  static func address(of frames: Range<Int>) -> UInt64 {
    UInt64(frames.lowerBound * pageSize)
  }

  /// The frames of ACPI tables of so many bytes.
  static func acpiFrames(_ size: Int) -> Range<Int> {
    specialPages.lowerBound - pages(size)..<specialPages.lowerBound
  }

  /// The map of so many pages of memory and ACPI tables of so many bytes, as the guest and Xen are told
  /// it: memory is of kind 1, what is reserved of kind 2, and the tables, which are to stay, of kind 4.
  static func memoryMap(pageCount: Int, acpiSize: Int = 0) -> [StartInfoRecord.Range] {
    var map = memory(pageCount: pageCount).map { range($0, 1) }
    map.insert(range(specialPages, 2), at: 1)
    if acpiSize > 0 { map.insert(range(acpiFrames(acpiSize), 4), at: 1) }
    return map
  }

  /// An entry of a memory map.
  static func range(_ frames: Range<Int>, _ kind: UInt32) -> StartInfoRecord.Range {
    .init(address: address(of: frames), size: UInt64(frames.count * pageSize), kind: kind)
  }

  /// The frames that have memory: below the hole under 4 GiB, and what is left from 4 GiB on.
  var memory: [Range<Int>] { Self.memory(pageCount: pageCount) }

  static func memory(pageCount: Int) -> [Range<Int>] {
    let low = min(pageCount, lowMemoryLimit / pageSize)
    let fourGiB = 1 << 20
    return [0..<low] + (pageCount > low ? [fourGiB..<fourGiB + pageCount - low] : [])
  }

  /// The first frames of all superpages that fit into the memory.
  var superpages: [Int] {
    memory.flatMap { stride(from: $0.lowerBound, to: Self.aligned($0), by: Self.superpage) }
  }

  /// The frames that no superpage covers, and those of the special pages in use.
  var singlePages: [Int] {
    memory.flatMap { Self.aligned($0)..<$0.upperBound } + acpi
      + [storeFrame, Self.identityFrame, consoleFrame] + extra
  }

  /// The end of the superpages in a range; ranges start at a superpage.
  private static func aligned(_ range: Range<Int>) -> Int {
    range.upperBound / superpage * superpage
  }

  /// KiB that Xen has to let the domain have.
  var memoryLimitKiB: Int { (pageCount + acpi.count + extra.count + 3) * Self.pageSize / 1024 }

  /// Bytes of Xen's own memory for the domain's page tables.
  ///
  /// A root for the domain, and those that Xen prepares for nested virtualisation and, on Intel
  /// processors, for alternate views: ten each (C names: `MAX_NESTEDP2M`, `MAX_ALTP2M`; source:
  /// `hap_enable` in Xen's arch/x86/mm/hap/hap.c). Five tables below it for the lowest 2 MiB and for
  /// the special pages; one for each 2 MiB and each GiB, should the guest break up its superpages;
  /// one for each vCPU. The rest is for what the guest maps elsewhere. libxenlight takes 1 MiB for
  /// each vCPU, and more.
  static func pagingPoolSize(pageCount: Int, vcpuCount: Int) -> Int {
    let roots = 1 + 10 + 10
    let tables = 5 + pageCount / superpage + pageCount / (superpage * superpage)
    let spare = 8 + vcpuCount
    return (roots + tables + vcpuCount + spare) * pageSize
  }
}
