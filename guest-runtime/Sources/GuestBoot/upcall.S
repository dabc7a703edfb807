/* SPDX-License-Identifier: Apache-2.0
 *
 * What the CPU does when Xen has events for the guest. In sections of their own: a guest that only
 * polls has none of this.
 */
#ifdef PVHKIT_GUEST

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

/* void boot_wait_for_interrupt(void). Interrupts are on only here, so nobody else's code is ever
 * interrupted. */
    .globl boot_wait_for_interrupt
    .type boot_wait_for_interrupt, @function
boot_wait_for_interrupt:
    movq %rsp, sleep_stack
    cmpb $0, came_early
    jne sleep_end
    sti
    hlt
sleep_end:
    cli
    movb $0, came_early
    movq $0, sleep_stack
    ret

/* An upcall ends the sleep, even one that has not begun: the CPU holds interrupts back between `sti`
 * and `hlt`, but emulated ones have let them in. `hlt` would then have interrupts off, and Xen takes
 * that for the end of the virtual CPU.
 *
 * Emulated CPUs have also let an upcall into the handler of another one, whose frame it overwrites:
 * both are at the top of the same stack. So all that is restored is known beforehand, and the registers
 * that a function may change are free.
 *
 * And they have let upcalls in when interrupts were off. Then nobody sleeps and nothing may change, but
 * the next sleep is none: who is about to sleep may have looked for events before this one. */
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
spurious:
    cmpq $0, sleep_stack
    je awake
    movq $sleep_end, (%rsp)             /* where to return to */
    movq sleep_stack, %rax
    movq %rax, 24(%rsp)                 /* on which stack */
    andb $~2, 17(%rsp)                  /* with interrupts off */
    iretq
awake:
    movb $1, came_early
    iretq

    .section .bss.boot_sleep_stack, "aw", @nobits
    .balign 8
sleep_stack:                            /* zero when nobody sleeps */
    .skip 8
came_early:
    .skip 1

#endif

    .section .note.GNU-stack, "", @progbits
