// SPDX-License-Identifier: Apache-2.0

/// What stands between a PVH entry and 64-bit code: page tables, and the way into long mode.
///
/// The code is entered at `base` in the state of a PVH entry (`docs/misc/pvh.pandoc` in Xen's tree),
/// and calls the 64-bit code with the start info's address in RDI, on a stack of 16 KiB. Memory below
/// 4 GiB is mapped one to one, its first 2 GiB also from 0xffffffff80000000 on, all of it writable and
/// executable. SSE is enabled; interrupts are off.
struct Trampoline {
  /// Where it is in physical memory, at a page boundary.
  let base: UInt32
  /// Where the 64-bit code starts, as that code sees it.
  let entry: UInt64

  /// Bytes of memory: a page of code, seven of page tables, four of stack.
  static var memorySize: UInt64 { 0xc000 }
  /// Bytes of memory in front of what is written to: the page of code.
  static var codeSize: UInt64 { 0x1000 }
  /// The virtual addresses where memory is mapped a second time.
  static var highBase: UInt64 { 0xffff_ffff_8000_0000 }

  private var level4: UInt32 { base + 0x1000 }
  private var lowLevel3: UInt32 { base + 0x2000 }
  private var highLevel3: UInt32 { base + 0x3000 }
  private var level2: UInt32 { base + 0x4000 }
  private var stackTop: UInt32 { base + 0xc000 }
  /// Present and writable; C name: `_PAGE_TABLE`.
  private static var link: UInt32 { 3 }
  /// Present, writable, 2 MiB.
  private static var largePage: UInt32 { 0x83 }

  /// The code and its descriptor table.
  var bytes: [UInt8] {
    // Its length does not depend on what it refers to.
    let length = enterLongMode(length: 0, table: 0).count
    let padding = [UInt8](repeating: 0, count: -(length + callEntry.count) & 7)
    let table = base + UInt32(length + callEntry.count + padding.count)
    return enterLongMode(length: length, table: table) + callEntry + padding
      + descriptors(at: table)
  }

  /// 32-bit code, of this length, with the descriptor table at `table`.
  private func enterLongMode(length: Int, table: UInt32) -> [UInt8] {
    var code = Code()
    code.add(0xfc)  // cld
    code.add(0xbf, operand: level2)  // mov $level2, %edi
    code.add(0xb8, operand: Self.largePage)  // mov $largePage, %eax
    let loop = code.bytes.count
    code.add(0x89, 0x07)  // mov %eax, (%edi); what is above is zero
    code.add(0x83, 0xc7, 0x08)  // add $8, %edi
    code.add(0x05, operand: 0x20_0000)  // add $2 MiB, %eax
    code.add(0x81, 0xff, operand: level2 + 0x4000)  // cmp $(level2 + 4 pages), %edi
    code.add(0x75, UInt8(truncatingIfNeeded: loop - (code.bytes.count + 2)))  // jne loop
    for index in 0..<4 as Range<UInt32> {
      code.store(level2 + index * 0x1000 + Self.link, at: lowLevel3 + index * 8)
    }
    code.store(level2 + Self.link, at: highLevel3 + 510 * 8)
    code.store(level2 + 0x1000 + Self.link, at: highLevel3 + 511 * 8)
    code.store(lowLevel3 + Self.link, at: level4)
    code.store(highLevel3 + Self.link, at: level4 + 511 * 8)
    code.add(0xb8, operand: level4)  // mov $level4, %eax
    code.add(0x0f, 0x22, 0xd8)  // mov %eax, %cr3
    code.add(0x0f, 0x20, 0xe0)  // mov %cr4, %eax
    code.add(0x0d, operand: 0x620)  // or $(PAE | OSFXSR | OSXMMEXCPT), %eax
    code.add(0x0f, 0x22, 0xe0)  // mov %eax, %cr4
    code.add(0xb9, operand: 0xc000_0080)  // mov $EFER, %ecx
    code.add(0x0f, 0x32)  // rdmsr
    code.add(0x0d, operand: 0x100)  // or $LME, %eax
    code.add(0x0f, 0x30)  // wrmsr
    code.add(0x0f, 0x20, 0xc0)  // mov %cr0, %eax
    code.add(0x0d, operand: 0x8000_0002)  // or $(PG | MP), %eax
    code.add(0x0f, 0x22, 0xc0)  // mov %eax, %cr0
    code.add(0x0f, 0x01, 0x15, operand: table + 24)  // lgdt
    code.add(0xea, operand: base + UInt32(length))  // ljmp $8, $callEntry
    code.add(0x08, 0x00)
    return code.bytes
  }

  /// 64-bit code that calls the entry.
  private var callEntry: [UInt8] {
    var code = Code()
    code.add(0xb8, operand: 0x10)  // mov $16, %eax
    code.add(0x8e, 0xd8)  // mov %eax, %ds
    code.add(0x8e, 0xc0)  // mov %eax, %es
    code.add(0x8e, 0xd0)  // mov %eax, %ss
    code.add(0xbc, operand: stackTop)  // mov $stackTop, %esp
    code.add(0x89, 0xdf)  // mov %ebx, %edi
    code.add(0x31, 0xed)  // xor %ebp, %ebp
    code.bytes += [0x48, 0xb8] + littleEndian(entry, 8)  // mov $entry, %rax
    code.add(0xff, 0xd0)  // call *%rax
    code.add(0xfa, 0xf4)  // cli; hlt
    code.add(0xeb, 0xfc)  // jmp back to cli
    return code.bytes
  }

  /// Null, 64-bit code, data; then what `lgdt` reads. The accessed bits are set, so nobody writes it.
  private func descriptors(at address: UInt32) -> [UInt8] {
    let table: [UInt64] = [0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff]
    return table.flatMap { littleEndian($0, 8) } + littleEndian(23, 2)
      + littleEndian(UInt64(address), 4)
  }
}

/// Machine code under way.
private struct Code {
  var bytes: [UInt8] = []

  mutating func add(_ instruction: UInt8...) { bytes += instruction }

  mutating func add(_ instruction: UInt8..., operand: UInt32) {
    bytes += instruction + littleEndian(UInt64(operand), 4)
  }

  /// movl $value, address
  mutating func store(_ value: UInt32, at address: UInt32) {
    bytes += [0xc7, 0x05] + littleEndian(UInt64(address), 4) + littleEndian(UInt64(value), 4)
  }
}
