// SPDX-License-Identifier: Apache-2.0

import StartInfoRecords
import Testing

@testable import XenToolstack

@Suite struct DomainLayoutTests {
  private func layout(_ memoryKiB: Int, module: Int = 0) throws -> DomainLayout {
    try DomainLayout(memoryKiB: memoryKiB, image: 1..<6, moduleSize: module, startInfoSize: 100)
  }

  @Test func placesTheModuleBehindTheImageAndTheStartInfoBehindBoth() throws {
    let layout = try layout(256, module: 4097)
    #expect(layout.module == 6..<8)
    #expect(layout.startInfo == 8..<9)
  }

  @Test func smallMemoryIsSinglePages() throws {
    let layout = try layout(256)
    #expect(layout.superpages.isEmpty)
    #expect(layout.singlePages == Array(0..<64) + [0xfeffc, 0xfeffe, 0xfefff])
    #expect(layout.memoryLimitKiB == 268)
  }

  @Test func whatIsNoWholeSuperpageIsSinglePages() throws {
    let layout = try layout(4096 + 8)
    #expect(layout.superpages == [0, 512])
    #expect(layout.singlePages.prefix(2) == [1024, 1025])
  }

  @Test func memoryLeavesOutTheHoleUnder4GiB() throws {
    let layout = try layout(5 << 20)
    #expect(layout.memory == [0..<0xfc000, 0x100000..<0x100000 + (5 << 18) - 0xfc000])
    #expect(layout.superpages.count == 5 << 9)
  }

  @Test func theMapHasTheSpecialPagesAndWhatLiesAbove4GiB() {
    let special = StartInfoRecord.Range(address: 0xfeff_8000, size: 8 << 12, kind: 2)
    let small = DomainLayout.memoryMap(pageCount: 64)
    #expect(small == [.init(address: 0, size: 64 << 12, kind: 1), special])
    let large = DomainLayout.memoryMap(pageCount: 5 << 18)
    #expect(large[1] == special)
    #expect(large[2].address == 4 << 30)
    #expect(large[0].size + large[2].size == 5 << 30)
  }

  @Test func acpiTablesLieUnderTheSpecialPages() throws {
    let layout = try DomainLayout(
      memoryKiB: 256, image: 1..<6, moduleSize: 0, startInfoSize: 100, acpiSize: 4097)
    #expect(layout.acpi == 0xfeff6..<0xfeff8)
    #expect(Set(layout.singlePages).isSuperset(of: layout.acpi))
    #expect(layout.memoryLimitKiB == 268 + 8)
    let map = DomainLayout.memoryMap(pageCount: 64, acpiSize: 4097)
    #expect(map.map(\.kind) == [1, 4, 2])
    #expect(map[1] == .init(address: 0xfeff_6000, size: 2 << 12, kind: 4))
    #expect(try self.layout(256).acpi.isEmpty)
  }

  @Test func nothingReachesBehindTheMemory() throws {
    #expect(throws: DomainLayout.Failure.imageTooLarge) { try layout(20) }
    #expect(throws: DomainLayout.Failure.contentTooLarge) { try layout(24) }
    #expect(try layout(28).startInfo == 6..<7)
  }

  @Test func aPageMoreOfTablesForEach2MiB() {
    let small = DomainLayout.pagingPoolSize(pageCount: 512, vcpuCount: 1)
    #expect(DomainLayout.pagingPoolSize(pageCount: 1024, vcpuCount: 1) == small + 4096)
  }
}
