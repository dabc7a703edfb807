/* SPDX-License-Identifier: Apache-2.0
 *
 * What the images of the ELF zoo run: 32-bit code that prints the image's name and how it was
 * started, and ends the machine. ZooProgram in ELFZoo has its bytes; a test assembles this file and
 * compares.
 *
 * The three addresses are stand-ins, for which the generator puts those of the image.
 */
#define TEXT    0x11111111  /* six endings of 32 bytes each, then the name; all of them end with NUL */
#define SCRATCH 0x22222222  /* a page to write to; what is in it does not matter */
#define MARK    0x33333333  /* four bytes that are there if everything was loaded */

    .code32
/* Where nobody should start. */
decoy:
    movb $1, %dl
    jmp common

/* In: %ebx = start info. */
    .org 0x10, 0xcc
entry:
    movb $0, %dl
common:
    cld
    movl $SCRATCH, %ebp
    leal 2048(%ebp), %esp

    /* Which ending: 0 started by PVH, 32 the decoy, 64 Multiboot, 96 no start info, 128 no mark. */
    xorl %ecx, %ecx
    movb $64, %cl
    cmpl $0x2badb002, %eax
    je chosen
    movb $32, %cl
    testb %dl, %dl
    jnz chosen
    movb $96, %cl
    cmpl $0x336ec578, (%ebx)
    jne chosen
    movb $128, %cl
    cmpl $0x4b52414d, MARK
    jne chosen
    movb $0, %cl
chosen:
    movl $TEXT + 192, %esi
    leal 64(%ebp), %edi
    call copy
    leal TEXT(%ecx), %esi
    call copy
    leal 64(%ebp), %esi         /* the line, and its length */
    subl %esi, %edi
    movl %edi, 28(%ebp)

    xorl %eax, %eax             /* VMMCALL on AMD and Hygon, VMCALL on others */
    cpuid
    movb $1, 24(%ebp)
    cmpl $0x68747541, %ebx
    je 1f
    cmpl $0x6f677948, %ebx
    je 1f
    movb $0, 24(%ebp)
1:  movl $0x40000000, %eax      /* "XenV" */
    cpuid
    cmpl $0x566e6558, %ebx
    jne plain

    movl $17, %edx              /* HVM_PARAM_CONSOLE_PFN */
    call parameter
    movl %eax, %edi
    shll $12, %edi
    movl $18, %edx              /* HVM_PARAM_CONSOLE_EVTCHN */
    call parameter
    movl %eax, 16(%ebp)
    movl 28(%ebp), %ecx
    movl 3084(%edi), %edx       /* out_prod */
1:  lodsb
    movl %edx, %ebx
    andl $2047, %ebx
    movb %al, 1024(%edi,%ebx)
    incl %edx
    loop 1b
    movl %edx, 3084(%edi)
    movl $32, %eax              /* event_channel_op, EVTCHNOP_send */
    movl $4, %ebx
    leal 16(%ebp), %ecx
    call hypercall
    movl $100000, %esi          /* until the line is read, but not for ever */
1:  movl 3080(%edi), %eax       /* out_cons */
    cmpl 3084(%edi), %eax
    je 2f
    movl $29, %eax              /* sched_op, SCHEDOP_yield */
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    call hypercall
    decl %esi
    jnz 1b
2:  andl $0, 20(%ebp)           /* sched_op, SCHEDOP_shutdown, power off */
    movl $29, %eax
    movl $2, %ebx
    leal 20(%ebp), %ecx
    call hypercall
    jmp stop

/* No Xen: to the debug port of QEMU and the first serial port. */
plain:
    movl 28(%ebp), %ecx
1:  lodsb
    outb %al, $0xe9
    movw $0x3f8, %dx
    outb %al, %dx
    loop 1b
    movb $0, %al                /* isa-debug-exit: QEMU ends with status 1 */
    outb %al, $0xf4
    movw $0x604, %dx            /* the power button of QEMU's PC */
    movw $0x2000, %ax
    outw %ax, %dx
    movb $0xfe, %al             /* a reset, which ends the machine of others */
    outb %al, $0x64
stop:
    hlt
    jmp stop

/* In: %edx = number of an HVM parameter. Out: %eax = the lower half of its value. */
parameter:
    movl $0x7ff0, (%ebp)        /* DOMID_SELF */
    movl %edx, 4(%ebp)
    movl $34, %eax              /* hvm_op, HVMOP_get_param */
    movl $1, %ebx
    movl %ebp, %ecx
    call hypercall
    movl 8(%ebp), %eax
    ret

hypercall:
    testb $1, 24(%ebp)
    jz 1f
    vmmcall
    ret
1:  vmcall
    ret

/* Copies a text from %esi to %edi, without its NUL. */
copy:
    lodsb
    testb %al, %al
    jz 1f
    stosb
    jmp copy
1:  ret
