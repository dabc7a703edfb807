/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the CPU's state at the PVH entry, and goes on to the boot code. A guest that is linked with
 * this is entered here: the boot code's own entry is a weak symbol of this name.
 */
#ifdef PVHKIT_GUEST

    .section .text.boot, "ax", @progbits
    .code32
    .globl pvh_start
    .type pvh_start, @function
pvh_start:
    movl %eax, entry_record
    movl %ebx, entry_record + 4
    movl %ecx, entry_record + 8
    movl %edx, entry_record + 12
    movl %esp, entry_record + 16
    movl %ebp, entry_record + 20
    movl %esi, entry_record + 24
    movl %edi, entry_record + 28
    movl $entry_stack_top, %esp
    pushfl
    popl entry_record + 32
    movl %cr0, %eax
    movl %eax, entry_record + 36
    movl %cr4, %eax
    movl %eax, entry_record + 40
    xorl %eax, %eax
    movw %cs, %ax
    movl %eax, entry_record + 44
    movw %ds, %ax
    movl %eax, entry_record + 48
    movw %es, %ax
    movl %eax, entry_record + 52
    movw %ss, %ax
    movl %eax, entry_record + 56
    str %ax
    movl %eax, entry_record + 60
    movl $0xc0000080, %ecx          /* EFER */
    rdmsr
    movl %eax, entry_record + 64
    jmp pvh_entry

    .section .data.boot, "aw", @progbits
    .balign 4
    .globl entry_record
entry_record:
    .skip 68

    .section .bss, "aw", @nobits
    .balign 16
    .skip 64
entry_stack_top:

#else

    /* Nobody enters a guest on the host; it only links there. */
    .bss
    .globl entry_record
entry_record:
    .skip 68

#endif

    .section .note.GNU-stack, "", @progbits
