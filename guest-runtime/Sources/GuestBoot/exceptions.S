/* SPDX-License-Identifier: Apache-2.0
 *
 * Descriptor tables, and what the CPU does on an exception: report and end the domain as crashed.
 */
#ifdef PVHKIT_GUEST

#include "selectors.h"

#define EXCEPTIONS          32
#define VECTORS             48          /* 32 for upcalls, 47 for the local APIC's spurious ones */
#define STUB_SIZE           5           /* a near call */
#define INTERRUPT_GATE      0x8e01      /* present, interrupts off, stack 1 of the task segment */

    .section .text, "ax", @progbits
    .code64

/* Fills the interrupt table and loads it and the task segment, which names the exception stack.
 * In: nothing. Out: nothing. Clobbers %rax, %rcx, %rdx, %rdi. */
    .globl load_exception_table
load_exception_table:
    movl $exception_stubs, %edx
    movl $interrupt_table, %edi
    movl $EXCEPTIONS, %ecx
1:  movl %edx, %eax
    stosw                               /* handler, bits 0-15 */
    movl $CODE_SELECTOR | (INTERRUPT_GATE << 16), %eax
    stosl
    movl %edx, %eax
    shrl $16, %eax
    stosw                               /* handler, bits 16-31; the rest is zero */
    addl $8, %edi
    addl $STUB_SIZE, %edx
    loop 1b

    /* The descriptor's base is in pieces that no relocation can fill. */
    movl $task_segment, %eax
    movw %ax, gdt_task + 2
    shrl $16, %eax
    movb %al, gdt_task + 4
    movb %ah, gdt_task + 7
    movl $TASK_SELECTOR, %eax
    ltr %ax
    lidt interrupt_table_pointer
    ret

/* One call for each vector: the return address tells which it was. */
exception_stubs:
    .rept EXCEPTIONS
    .byte 0xe8                          /* call rel32, never the shorter forms */
    .long exception_common - (. + 4)
    .endr

/* In: on the exception stack, a stub's return address, then what the CPU pushed.
 * Out: never returns. The order of the registers is that of `struct saved_registers`. */
exception_common:
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rbp
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi                     /* the registers */
    movq 15 * 8(%rsp), %rax             /* the return address: vector * STUB_SIZE past the first */
    subq $exception_stubs + STUB_SIZE, %rax
    movl $STUB_SIZE, %ecx
    xorl %edx, %edx
    divl %ecx
    movl %eax, %esi                     /* the vector */
    leaq 16 * 8(%rsp), %rdx             /* what the CPU pushed, an error code first or not */
    andq $-16, %rsp
    call guest_exception
    ud2

    .section .data.boot, "aw", @progbits
    .balign 8
gdt:
    .quad 0
    .quad 0x00af9b000000ffff            /* CODE_SELECTOR: 64-bit, execute and read, accessed */
    .quad 0x00cf93000000ffff            /* DATA_SELECTOR: read and write, accessed */
gdt_task:                               /* TASK_SELECTOR: an available 64-bit task segment */
    .quad 0x0000890000000067
    .quad 0
gdt_end:

    .globl gdt_pointer
gdt_pointer:
    .word gdt_end - gdt - 1
    .quad gdt
interrupt_table_pointer:
    .word VECTORS * 16 - 1
    .quad interrupt_table

    .balign 8
task_segment:
    .long 0
    .skip 8 * 4                         /* stacks for privilege changes: there are none */
    .quad exception_stack_top           /* interrupt stack 1 */
    .skip 8 * 6
    .skip 10
    .word 0x68                          /* no I/O permission map: past the limit */

    .section .bss, "aw", @nobits
    .balign 16
    .globl interrupt_table
interrupt_table:
    .skip VECTORS * 16

#endif

    .section .note.GNU-stack, "", @progbits
