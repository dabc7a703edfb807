// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A kernel in assembly or C, as somebody writes it who has never heard of PVH notes.
public struct ForeignKernel {
  /// The linked file.
  public let path: String
  private let folder: ScratchFolder

  /// Assembles or compiles the source, and links it with the tools beside `swift`.
  ///
  /// - Parameters:
  ///   - source: The text.
  ///   - isC: Whether it is C and not assembly.
  ///   - script: A linker script; without one, the kernel is linked at 1 MiB.
  /// - Throws: An error if a tool is missing or fails.
  public init(_ source: String, isC: Bool = false, script: String? = nil) throws {
    folder = try ScratchFolder()
    let input = try folder.file(isC ? "kernel.c" : "kernel.S", Data(source.utf8))
    path = folder.url.appending(path: "kernel.elf").path
    let object = path + ".o"
    let flags = isC ? ["-O2", "-ffreestanding", "-mno-red-zone", "-mcmodel=kernel"] : []
    try Self.run(
      ["clang", "--target=x86_64-unknown-none-elf"] + flags + ["-c", input, "-o", object])
    let layout = try script.map { ["-T", try folder.file("kernel.ld", Data($0.utf8))] }
    try Self.run(["ld.lld"] + (layout ?? ["--image-base=0x100000"]) + [object, "-o", path])
  }

  private static func run(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
  }

  /// Writes a line to QEMU's debug port and switches the PC off (ACPI, QEMU's q35 or pc).
  public static let debugPort = """
      .code32
      .globl _start
      .type _start, @function
    _start:
      mov $text, %esi
      mov $4, %ecx
      cld
    1:
      lodsb
      out %al, $0xe9
      loop 1b
      mov $0x604, %dx
      mov $0x2000, %ax
      outw %ax, %dx
    2:
      hlt
      jmp 2b
      .data
    text:
      .ascii "pvh\n"

    """

  /// Looks at what it was called with, asks Xen for a hypercall page and powers off: 64-bit C.
  public static let kernelInC = """
    typedef unsigned int u32;
    typedef unsigned long u64;
    static char page[4096] __attribute__((aligned(4096)));
    static u32 reason;

    void kmain(const u32 *info) {
      float third = (float)info[1] / 3; // SSE works
      if (info[0] != 0x336ec578 || third < 0) __builtin_trap();
      u32 a = 0x40000002, msr, c, d;
      __asm__ volatile("cpuid" : "+a"(a), "=b"(msr), "=c"(c), "=d"(d));
      u64 address = (u64)page;
      if ((long)address < 0) address -= 0xffffffff80000000;
      __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)address), "d"(0));
      ((long (*)(long, void *))(page + 29 * 32))(2, &reason); // SCHEDOP_shutdown, poweroff
      __builtin_trap();
    }

    """

  /// Links a kernel in the highest 2 GiB, and loads it at 2 MiB.
  public static let highHalf = """
    SECTIONS {
      . = 0xffffffff80200000;
      .text : AT(ADDR(.text) - 0xffffffff80000000) { *(.text*) }
      . = ALIGN(4096);
      .rodata : AT(ADDR(.rodata) - 0xffffffff80000000) { *(.rodata*) }
      . = ALIGN(4096);
      .data : AT(ADDR(.data) - 0xffffffff80000000) { *(.data*) }
      .bss : AT(ADDR(.bss) - 0xffffffff80000000) { *(.bss*) }
    }

    """

  /// Asks Xen for a hypercall page and powers off, in 32-bit code and without a stack.
  public static let powerOff = """
      .code32
      .globl _start
      .type _start, @function
    _start:
      mov $0x40000002, %eax   # Xen's leaf with the number of hypercall pages and their MSR
      cpuid
      mov %ebx, %ecx
      mov $page, %eax
      xor %edx, %edx
      wrmsr
      mov $stack, %esp
      mov $2, %ebx            # SCHEDOP_shutdown
      mov $reason, %ecx
      mov $page + 29 * 32, %eax   # sched_op
      call *%eax
      ud2
      .data
    reason:
      .long 0                 # SHUTDOWN_poweroff
      .bss
      .balign 4096
    page:
      .skip 4096
      .skip 256
    stack:

    """
}
