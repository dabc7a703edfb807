// SPDX-License-Identifier: Apache-2.0

extension ForeignKernel {
  /// A kernel for a PC: Xen's note, and an entry with what a line of `code` needs.
  ///
  /// - Parameter code: 32-bit code; `print` prints the text at `%esi`, `%ebx` is the start info.
  /// - Returns: The source.
  public static func onPC(_ code: String) -> String {
    """
      .section .note.Xen, "a", @note
      .balign 4
      .long 4, 4, 18
      .asciz "Xen"
      .long _start
      .text
      .code32
      .globl _start
      .type _start, @function
    _start:
      mov $stack, %esp
      \(code)

      # Prints the text at %esi up to its NUL on the first serial port.
    print:
      mov $0x3f8, %dx
    1:
      lodsb
      test %al, %al
      jz 2f
      out %al, %dx
      jmp 1b
    2:
      ret
    switch_off:
      mov $0x604, %dx
      mov $0x2000, %ax
      outw %ax, %dx
      hlt
    table:
      .word 0
      .long 0
    line:
      .asciz "hello from a PC\\n"
      .bss
      .skip 256
    stack:

    """
  }
}
