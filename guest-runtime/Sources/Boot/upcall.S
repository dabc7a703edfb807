/* SPDX-License-Identifier: Apache-2.0
 *
 * What the CPU does when Xen has events for the guest. In sections of their own: a guest that only
 * polls has none of this.
 */
#include "selectors.h"

#define UPCALL_VECTOR       32
#define SPURIOUS_VECTOR     47
#define INTERRUPT_GATE      0x8e01      /* present, interrupts off, stack 1 of the task segment */
#define X2APIC_EOI          0x80b

    .section .text.boot_install_upcall, "ax", @progbits
    .code64

/* void boot_install_upcall(bool ends_interrupt) */
    .globl boot_install_upcall
    .type boot_install_upcall, @function
boot_install_upcall:
    movl $upcall, %eax
    movl $upcall_with_end, %edx
    testb %dil, %dil
    cmovnel %edx, %eax
    movl $interrupt_table + UPCALL_VECTOR * 16, %edi
    call set_gate
    movl $spurious, %eax
    movl $interrupt_table + SPURIOUS_VECTOR * 16, %edi
    /* falls through */

/* In: %eax = handler, %rdi = gate, which is zero. Out: nothing. Clobbers %eax, %rdi. */
set_gate:
    stosw                               /* handler, bits 0-15 */
    movw $CODE_SELECTOR, (%rdi)
    movw $INTERRUPT_GATE, 2(%rdi)
    shrl $16, %eax
    movw %ax, 4(%rdi)                   /* handler, bits 16-31; the rest is zero */
    ret

/* Interrupts are on only in `sti; hlt`. Returning with them off makes the `cli` after it exact: no
 * second upcall comes in between, and nobody else's code is ever interrupted. */
upcall_with_end:
    pushq %rax
    pushq %rcx
    pushq %rdx
    movl $X2APIC_EOI, %ecx
    xorl %eax, %eax
    xorl %edx, %edx
    wrmsr
    popq %rdx
    popq %rcx
    popq %rax
upcall:
    andb $~2, 17(%rsp)                  /* the interrupt flag in the saved flags */
spurious:
    iretq

    .section .note.GNU-stack, "", @progbits
