/* SPDX-License-Identifier: Apache-2.0
 *
 * A guest whose first instructions say that it runs, and that waits for ever then: 32-bit code that
 * writes a line to port 0xE9, which Xen puts into its log. How long a creation takes is measured
 * with it.
 */
#define SCHED_OP 29

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long mark_entry

    .text
    .globl mark_entry
mark_entry:
    movb $'!', %al
    outb %al, $0xe9
    movb $'\n', %al
    outb %al, $0xe9
1:  movl $SCHED_OP, %eax
    movl $1, %ebx                       /* SCHEDOP_block; no event is ever connected */
    xorl %ecx, %ecx
    vmmcall
    jmp 1b

    .section .note.GNU-stack, "", @progbits
