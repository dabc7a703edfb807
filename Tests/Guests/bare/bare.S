/* SPDX-License-Identifier: Apache-2.0
 *
 * The least that a guest can do: 32-bit code that puts a line into the console ring, notifies
 * xenconsoled and shuts down. What the benchmarks compare the runtime with.
 */
#define EVENT_CHANNEL_OP 32
#define HVM_OP           34
#define SCHED_OP         29

    .section .note.Xen, "a", @note
    .balign 4
    .long 4, 4, 18
    .asciz "Xen"
    .long bare_entry

    .text
    .globl bare_entry
bare_entry:
    cld
    movl $stack_top, %esp
    movl $17, %edx                      /* HVM_PARAM_CONSOLE_PFN */
    call get_parameter
    movl %eax, %ebp
    shll $12, %ebp                      /* the console page */
    movl $18, %edx                      /* HVM_PARAM_CONSOLE_EVTCHN */
    call get_parameter
    movl %eax, port
    movl $text, %esi
    leal 1024(%ebp), %edi               /* the output ring, empty in a new domain */
    movl $(text_end - text), %ecx
    rep movsb
    movl $(text_end - text), 3084(%ebp) /* out_prod */
    movl $EVENT_CHANNEL_OP, %eax
    movl $4, %ebx                       /* EVTCHNOP_send */
    movl $port, %ecx
    vmmcall
    movl $SCHED_OP, %eax
    movl $2, %ebx                       /* SCHEDOP_shutdown, reason 0: power off */
    movl $zero, %ecx
    vmmcall
1:  hlt
    jmp 1b

/* In: %edx = parameter. Out: %eax = its value. */
get_parameter:
    movl %edx, parameter + 4
    movl $HVM_OP, %eax
    movl $1, %ebx                       /* HVMOP_get_param */
    movl $parameter, %ecx
    vmmcall
    movl parameter + 8, %eax
    ret

text:
    .ascii "hello from bare metal\n"
text_end:

    .data
    .balign 8
parameter:
    .long 0x7ff0, 0, 0, 0               /* DOMID_SELF, index, value */
port:
    .long 0
zero:
    .long 0

    .bss
    .balign 16
    .skip 1024
stack_top:

    .section .note.GNU-stack, "", @progbits
