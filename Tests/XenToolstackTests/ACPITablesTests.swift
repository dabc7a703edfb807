// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenToolstack

/// The tables as an operating system walks them; tests with Linux compare them with libxenlight's.
@Suite struct ACPITablesTests {
  private static let base: UInt32 = 0xfeff_7000
  private static let counts = [1, 2, 4, 63, 64, 128]

  @Test(arguments: counts) func leadsFromTheRootToEveryTable(vcpuCount: Int) throws {
    let tables = Walk(vcpuCount, base: Self.base)
    #expect(tables.text(at: 0, count: 8) == "RSD PTR ")
    #expect(tables.sum(0..<20) == 0)
    #expect(tables.sum(0..<36) == 0)
    let (rsdt, xsdt) = (tables.number(at: 16, bytes: 4), tables.number(at: 24, bytes: 8))
    let short = try tables.checked("RSDT", at: rsdt)
    let long = try tables.checked("XSDT", at: xsdt)
    let entries = (0..<2).map { tables.number(at: long.lowerBound + 36 + 8 * $0, bytes: 8) }
    #expect(long.count == 36 + 16 && short.count == 36 + 8)
    #expect(entries == (0..<2).map { tables.number(at: short.lowerBound + 36 + 4 * $0, bytes: 4) })

    let fadt = try tables.checked("FACP", at: entries[0])
    #expect(fadt.count == 268)
    for (name, narrow, wide) in [("FACS", 36, 132), ("DSDT", 40, 140)] {
      let address = tables.number(at: fadt.lowerBound + narrow, bytes: 4)
      #expect(address == tables.number(at: fadt.lowerBound + wide, bytes: 8))
      #expect(tables.text(at: try tables.offset(address), count: 4) == name)
    }
    // The FACS has no sum, and lies at a multiple of 64.
    #expect(tables.number(at: fadt.lowerBound + 36, bytes: 4) % 64 == 0)
  }

  @Test(arguments: counts) func countsVCPUsTheSameEverywhere(vcpuCount: Int) throws {
    let tables = Walk(vcpuCount, base: Self.base)
    let xsdt = try tables.offset(tables.number(at: 24, bytes: 8))
    let madt = try tables.checked("APIC", at: tables.number(at: xsdt + 44, bytes: 8))
    #expect(madt.count == 44 + 8 * vcpuCount)
    for vcpu in 0..<vcpuCount {
      let entry = madt.lowerBound + 44 + 8 * vcpu
      #expect(
        Array(tables.bytes[entry..<entry + 8])
          == [0, 8, UInt8(vcpu), UInt8(truncatingIfNeeded: 2 * vcpu), 1, 0, 0, 0])
    }
    let fadt = try tables.offset(tables.number(at: xsdt + 36, bytes: 8))
    let dsdt = try tables.checked("DSDT", at: tables.number(at: fadt + 40, bytes: 4))
    // One scope, whose length reaches the end of the table.
    let start = dsdt.lowerBound + 36
    #expect(tables.bytes[start] == 0x10)
    #expect(tables.packageEnd(at: start + 1) == dsdt.upperBound)
    let hardware = Array("ACPI0007".utf8)
    let processors = dsdt.filter { tables.bytes[$0...].starts(with: hardware) }
    #expect(processors.count == vcpuCount)
  }

  @Test func takesAPageUpToAHundredVCPUs() {
    #expect(DomainLayout.pages(ACPITables.size(vcpuCount: 64)) == 1)
    #expect(DomainLayout.pages(ACPITables.size(vcpuCount: 128)) == 2)
  }
}

private struct Walk {
  let bytes: [UInt8]
  let base: UInt32

  init(_ vcpuCount: Int, base: UInt32) {
    bytes = ACPITables(vcpuCount: vcpuCount, at: base).bytes
    self.base = base
  }

  func offset(_ address: Int) throws -> Int {
    let offset = address - Int(base)
    try #require(bytes.indices.contains(offset))
    return offset
  }

  func number(at offset: Int, bytes count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  func text(at offset: Int, count: Int) -> String {
    String(decoding: bytes[offset..<offset + count], as: UTF8.self)
  }

  func sum(_ range: Range<Int>) -> UInt8 { bytes[range].reduce(0, &+) }

  /// Where a table with a header lies; its signature and sum are right.
  func checked(_ signature: String, at address: Int) throws -> Range<Int> {
    let start = try offset(address)
    #expect(text(at: start, count: 4) == signature)
    let range = start..<start + number(at: start + 4, bytes: 4)
    try #require(range.upperBound <= bytes.count)
    #expect(sum(range) == 0)
    return range
  }

  /// The end of what an AML length at an offset covers.
  func packageEnd(at offset: Int) -> Int {
    let first = Int(bytes[offset])
    let more = first >> 6
    guard more > 0 else { return offset + first }
    return offset + (first & 0xf | number(at: offset + 1, bytes: more) << 4)
  }
}
