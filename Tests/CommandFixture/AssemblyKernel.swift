// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A kernel in assembly, as somebody writes it who has never heard of PVH notes.
public struct AssemblyKernel {
  /// The linked file.
  public let path: String
  private let folder: ScratchFolder

  /// Assembles and links the source with the tools beside `swift`.
  public init(_ source: String) throws {
    folder = try ScratchFolder()
    let input = try folder.file("kernel.S", Data(source.utf8))
    path = folder.url.appending(path: "kernel.elf").path
    let object = path + ".o"
    try Self.run("clang", "--target=x86_64-unknown-none-elf", "-c", input, "-o", object)
    try Self.run("ld.lld", "--image-base=0x100000", object, "-o", path)
  }

  private static func run(_ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
  }

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
