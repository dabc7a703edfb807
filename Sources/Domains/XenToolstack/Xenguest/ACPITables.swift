// SPDX-License-Identifier: Apache-2.0

/// The ACPI tables of a domain: what tells an operating system of its local APICs and vCPUs.
///
/// Values are those of libxenlight's tables (tools/libacpi in Xen's tree), so that a guest finds the same
/// hardware whoever builds its domain. The DSDT is shorter: it names the domain's vCPUs, with the
/// numbers that the MADT has, and nothing more. There is no sleep state in either: a domain
/// powers off through Xen, or by halting all of its vCPUs. Layouts: ACPI 5.0, chapters 5.2 and 20.
struct ACPITables {
  /// The tables, one behind the other, the root pointer (RSDP) first.
  let bytes: [UInt8]

  /// Makes tables that are to lie at an address, the start of a page.
  init(vcpuCount: Int, at base: UInt32) {
    var area = TableArea(base: base)
    // The RSDP is written last, when the places of the others are known.
    area.reserve(Self.rsdpSize)
    let facs = area.add(Self.facs, alignment: 64)
    let dsdt = area.add(Self.dsdt(vcpuCount: vcpuCount))
    let fadt = area.add(Self.fadt(facs: facs, dsdt: dsdt))
    let madt = area.add(Self.madt(vcpuCount: vcpuCount))
    var root = TableBytes("RSDT", revision: 1)
    for table in [fadt, madt] { root.append(table) }
    let rsdt = area.add(root.finished)
    root = TableBytes("XSDT", revision: 1)
    for table in [fadt, madt] { root.append(UInt64(table)) }
    let xsdt = area.add(root.finished)
    bytes = Self.rsdp(rsdt: rsdt, xsdt: xsdt) + area.bytes[Self.rsdpSize...]
  }

  /// Bytes of the tables for so many vCPUs.
  static func size(vcpuCount: Int) -> Int { ACPITables(vcpuCount: vcpuCount, at: 0).bytes.count }

  private static let rsdpSize = 36

  private static func rsdp(rsdt: UInt32, xsdt: UInt32) -> [UInt8] {
    var table = TableBytes()
    table.append("RSD PTR ", count: 8)
    table.append(UInt8(0))
    table.append("Xen", count: 6)
    table.append(UInt8(2))
    table.append(rsdt)
    table.append(UInt32(rsdpSize))
    table.append(UInt64(xsdt))
    table.append(UInt32(0))
    // Two sums: of what ACPI 1.0 knew, and of all.
    table.close(sumAt: 8, count: 20)
    table.close(sumAt: 32, count: rsdpSize)
    return table.bytes
  }

  private static var facs: [UInt8] {
    var table = TableBytes()
    table.append("FACS", count: 4)
    table.append(UInt32(64))
    table.append(zeros: 24)
    table.append(UInt8(1))  // its version
    table.append(zeros: 31)
    return table.bytes
  }

  private static func fadt(facs: UInt32, dsdt: UInt32) -> [UInt8] {
    var table = TableBytes("FACP", revision: 5)
    table.append(facs)
    table.append(dsdt)
    table.append(zeros: 2)
    table.append(UInt16(9))  // the interrupt of ACPI events, of which there are none
    table.append(zeros: 8)
    // Ports that have to be named, and that nothing is behind: ACPI_PM1A_EVT_BLK_ADDRESS_V1 and others.
    table.append(UInt32(0xb000))
    table.append(UInt32(0))
    table.append(UInt32(0xb004))
    table.append(zeros: 12)
    table.append(UInt32(0xafe0))
    table.append(UInt32(0))
    table.append([4, 2, 0, 0, 4, 0, 0, 0])  // bytes of those ports
    table.append(UInt16(0xfff))  // no C2 state
    table.append(UInt16(0xfff))  // no C3 state
    table.append(zeros: 9)
    table.append(UInt16(0x24))  // bits 2 and 5: no VGA, no CMOS clock
    table.append(UInt8(0))
    // Bits 0, 2, 4, 5, 6, 8 and 15: WBINVD works, C1, no power and no sleep button of fixed hardware, no
    // wake-up by the clock, 32-bit timer, platform clock.
    table.append(UInt32(0x8175))
    table.append(port: 0xcf9, width: 8)
    table.append(UInt8(6))
    table.append(zeros: 3)
    table.append(UInt64(facs))
    table.append(UInt64(dsdt))
    table.append(port: 0xb000, width: 32)
    table.append(zeros: 12)
    table.append(port: 0xb004, width: 16)
    table.append(zeros: 7 * 12)
    return table.finished
  }

  private static func madt(vcpuCount: Int) -> [UInt8] {
    var table = TableBytes("APIC", revision: 2)
    table.append(UInt32(0xfee0_0000))
    table.append(UInt32(1))  // as libxenlight has it; there is no 8259
    for vcpu in 0..<vcpuCount {
      // A local APIC that is enabled. Xen gives every second number; C name: `acpi_lapic_id`.
      table.append([0, 8, UInt8(truncatingIfNeeded: vcpu), UInt8(truncatingIfNeeded: vcpu * 2)])
      table.append(UInt32(1))
    }
    return table.finished
  }

  private static func dsdt(vcpuCount: Int) -> [UInt8] {
    var table = TableBytes("DSDT", revision: 5)
    table.append(AML.scope("\\_SB_", (0..<vcpuCount).flatMap(AML.processor)))
    return table.finished
  }
}

/// The few words of ACPI's machine language that describe vCPUs.
private enum AML {
  /// A processor device, whose number is that of its local APIC in the MADT.
  static func processor(_ number: Int) -> [UInt8] {
    let digits = String(number, radix: 16, uppercase: true)
    let name = "C" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
    let identity: [UInt8] = [0x08] + Array("_HID".utf8) + [0x0d] + Array("ACPI0007".utf8) + [0]
    let unique: [UInt8] =
      [0x08] + Array("_UID".utf8) + [0x0a, UInt8(truncatingIfNeeded: number)]
    return [0x5b, 0x82] + package(Array(name.utf8) + identity + unique)
  }

  /// What is under a name of the root.
  static func scope(_ name: String, _ content: [UInt8]) -> [UInt8] {
    [0x10] + package(Array(name.utf8) + content)
  }

  /// Content behind its length, which counts its own bytes, too (ACPI: PkgLength).
  private static func package(_ content: [UInt8]) -> [UInt8] {
    if content.count + 1 < 1 << 6 { return [UInt8(content.count + 1)] + content }
    let length = content.count + 3
    return [
      UInt8(2 << 6 | length & 0xf), UInt8(length >> 4 & 0xff), UInt8(length >> 12 & 0xff),
    ] + content
  }
}

/// A table while it is written.
private struct TableBytes {
  private(set) var bytes: [UInt8] = []

  init() {}

  /// Begins with the header that most tables have; ``finished`` fills in length and checksum.
  init(_ signature: String, revision: UInt8) {
    append(signature, count: 4)
    append(UInt32(0))
    append([revision, 0])
    append("Xen", count: 6)
    append("HVM", count: 8)
    append(UInt32(0))
    append("PVHK", count: 4)
    append(UInt32(0))
  }

  mutating func append<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }

  mutating func append(_ values: [UInt8]) { bytes += values }

  mutating func append(zeros count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  /// A text that zeros fill up to `count` bytes.
  mutating func append(_ text: String, count: Int) {
    bytes += text.utf8
    append(zeros: count - text.utf8.count)
  }

  /// A register behind a port (ACPI: Generic Address Structure); `width` is in bits.
  mutating func append(port: UInt64, width: UInt8) {
    append([1, width, 0, 0])
    append(port)
  }

  /// Makes the sum of the first `count` bytes 0.
  mutating func close(sumAt offset: Int, count: Int) {
    bytes[offset] = 0
    bytes[offset] = 0 &- bytes[..<count].reduce(0, &+)
  }

  /// The table with its length and checksum.
  var finished: [UInt8] {
    var table = self
    withUnsafeBytes(of: UInt32(bytes.count).littleEndian) {
      table.bytes.replaceSubrange(4..<8, with: $0)
    }
    table.close(sumAt: 9, count: bytes.count)
    return table.bytes
  }
}

/// Tables one behind the other.
private struct TableArea {
  let base: UInt32
  private(set) var bytes: [UInt8] = []

  init(base: UInt32) { self.base = base }

  mutating func reserve(_ count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  /// Adds a table; returns its address.
  mutating func add(_ table: [UInt8], alignment: Int = 16) -> UInt32 {
    reserve((alignment - bytes.count % alignment) % alignment)
    defer { bytes += table }
    return base + UInt32(bytes.count)
  }
}
