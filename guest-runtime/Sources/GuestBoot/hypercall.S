/* SPDX-License-Identifier: Apache-2.0
 *
 * The way into Xen: VMCALL or VMMCALL inline, without a hypercall page (XSA-466).
 */
#ifdef PVHKIT_GUEST

    .section .text, "ax", @progbits
    .code64

/* Intel's CPUs know VMCALL, AMD's and Hygon's VMMCALL; each faults on the other's.
 * In: nothing. Out: nothing. Clobbers %rax, %rbx, %rcx, %rdx. */
    .globl choose_hypercall
choose_hypercall:
    xorl %eax, %eax
    cpuid
    cmpl $0x6c65746e, %ecx              /* "ntel" of GenuineIntel */
    sete hypercall_is_vmcall
    ret

/* long xen_hypercall(number, argument 1 ... 5): the C convention to Xen's
 * (%rax; %rdi %rsi %rdx %r10 %r8; result in %rax). Xen may clobber the argument registers, which
 * C lets it. */
    .globl xen_hypercall
    .type xen_hypercall, @function
xen_hypercall:
    movl %edi, %eax
    movq %rsi, %rdi
    movq %rdx, %rsi
    movq %rcx, %rdx
    movq %r8, %r10
    movq %r9, %r8
    cmpb $0, hypercall_is_vmcall
    jne 1f
    vmmcall
    ret
1:  vmcall
    ret

    .section .data.boot, "aw", @progbits
hypercall_is_vmcall:
    .byte 0

#endif

    .section .note.GNU-stack, "", @progbits
