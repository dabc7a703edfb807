/* SPDX-License-Identifier: Apache-2.0
 *
 * From the domain builder's hands to the first line of Swift.
 */
#ifdef PVHKIT_GUEST

/* The note by which Xen, libxenguest and QEMU know a PVH image and where it starts:
 * XEN_ELFNOTE_PHYS32_ENTRY with a 4-byte descriptor, the size that every reader accepts. */
    .section .note.Xen, "a", @note
    .balign 4
    .long 4                     /* bytes of owner, NUL included */
    .long 4                     /* bytes of descriptor */
    .long 18                    /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long pvh_start

/* XEN_ELFNOTE_GUEST_OS: tells the domain builder that this guest needs no ACPI tables. */
    .balign 4
    .long 4
    .long 7
    .long 6                     /* XEN_ELFNOTE_GUEST_OS */
    .asciz "Xen"
    .asciz "PVHKit"
    .balign 4

#include "selectors.h"

#define PRESENT     (1 << 0)
#define WRITABLE    (1 << 1)
#define LARGE       (1 << 7)    /* a 2 MiB page */
#define NO_EXECUTE  (1 << 31)   /* bit 63: in an entry's upper half */

#define CR0_WANTED  0x80010033  /* paging, write protection, numeric errors, ET, MP, protection */
#define CR4_WANTED  0x00000620  /* SSE with its exceptions, PAE: compiled code uses XMM freely */
#define FS_BASE     0xc0000100
#define EFER        0xc0000080
#define EFER_WANTED 0x00000900  /* long mode, no-execute */

/* Where a thread's description has its language, and how large it is.
 * Source: `struct pthread` in `src/internal/pthread_impl.h` of musl, the same from 1.2.0 to 1.2.5. */
#define THREAD_LANGUAGE 168
#define THREAD_SIZE     200

/* Xen's special pages (console, xenstore) and the LAPIC are in the 2 MiB from here. */
#define SPECIAL_PAGES 0xfee00000

    .section .text.boot, "ax", @progbits
    .code32

/* In: %ebx = start info (physical), paging off, flat segments of unknown selectors. Everything else,
 * the stack and the flags among it, is undefined. Out: never returns. */
    .globl pvh_entry
    .type pvh_entry, @function
    .weak pvh_start             /* CGuestEntry has one that comes before this */
    .set pvh_start, pvh_entry
pvh_entry:
    movl $main_stack_top, %esp
    pushl $2                    /* EFLAGS: nothing but the bit that is always set */
    popfl
    movl %ebx, boot_start_info
    rdtsc
    movl %eax, mark_entry
    movl %edx, mark_entry + 4

    /* What the image reaches into, in 4 KiB pages: page zero absent, code, constants, data, free
     * memory. */
    movl $page_tables, %edi
    xorl %eax, %eax
    xorl %edx, %edx
    movl $image_start, %ecx
    call fill_pages
    orb $PRESENT, %al
    movl $rodata_start, %ecx
    call fill_pages
    movl $NO_EXECUTE, %edx
    movl $data_start, %ecx
    call fill_pages
    orb $WRITABLE, %al
    movl $paged_end, %ecx
    call fill_pages
    movb $0, main_stack_guard_entry
    movb $0, exception_stack_guard_entry

    /* Their tables, then the rest of the first GiB, in 2 MiB pages. */
    pushl %eax
    movl $page_directories, %edi
    movl $page_tables + (PRESENT | WRITABLE), %eax
1:  stosl
    addl $4, %edi
    addl $0x1000, %eax
    cmpl $image_end, %eax
    jb 1b
    popl %eax
    orb $LARGE, %al
1:  stosl
    movl %edx, (%edi)
    addl $4, %edi
    addl $0x200000, %eax
    cmpl $0x40000000, %eax
    jb 1b

    /* Link the tables of four GiB; of the others, only the special pages are mapped before the runtime
     * finds something there. */
    movl $SPECIAL_PAGES + (PRESENT | WRITABLE | LARGE), page_directories + (SPECIAL_PAGES >> 21) * 8
    movl %edx, page_directories + (SPECIAL_PAGES >> 21) * 8 + 4
    movl $page_directory_pointers, %edi
    movl $page_directories + (PRESENT | WRITABLE), %eax
1:  stosl
    addl $4, %edi
    addl $0x1000, %eax
    cmpl $page_tables, %eax
    jb 1b
    movl $page_directory_pointers + (PRESENT | WRITABLE), page_map

    /* Long mode: the tables, then PAE and SSE, then EFER, then paging, then a 64-bit segment. */
    movl $page_map, %eax
    movl %eax, %cr3
    movl $CR4_WANTED, %eax
    movl %eax, %cr4
    movl $EFER, %ecx
    movl $EFER_WANTED, %eax
    xorl %edx, %edx
    wrmsr
    movl $CR0_WANTED, %eax
    movl %eax, %cr0
    lgdt gdt_pointer
    ljmp $CODE_SELECTOR, $long_mode

/* Writes page table entries until the address in %eax reaches %ecx.
 * In: %eax = address and low flags, %edx = upper half, %edi = next entry, %ecx = end, a page
 * boundary. Out: %eax and %edi advanced. */
fill_pages:
1:  cmpl %ecx, %eax
    jae 2f
    stosl
    movl %edx, (%edi)
    addl $4, %edi
    addl $0x1000, %eax
    jmp 1b
2:  ret

    .code64
/* In: long mode, the null segment everywhere but in CS. Out: never returns. */
long_mode:
    movl $DATA_SELECTOR, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    xorl %eax, %eax
    movl %eax, %fs
    movl %eax, %gs
    fninit                      /* a reset leaves the x87 unit with its exceptions on */

    /* What compiled C finds through %fs: the C library's description of the thread, with its own
     * address first and its language in the middle, all of it in the "C" language's zeros. */
    movl $FS_BASE, %ecx
    movl $thread, %eax
    xorl %edx, %edx
    wrmsr
    movl %eax, thread
    movl $thread_language, thread + THREAD_LANGUAGE
    call load_exception_table
    call choose_hypercall
    rdtsc
    movl %eax, mark_main
    movl %edx, mark_main + 4
    xorl %ebp, %ebp             /* the end of every backtrace */
    xorl %edi, %edi             /* main(0, NULL): the command line is in start info */
    xorl %esi, %esi
    call main
    ud2                         /* the runtime ends the domain; it does not return */

/* What the domain builder left in %ebx. Written once, before Swift runs. */
    .section .data.boot, "aw", @progbits
    .balign 4
    .globl boot_start_info
boot_start_info:
    .long 0

/* Moments of this guest, as Marks.h lays them out: the linker puts them in front of all other variables, where
 * `pvh run --timeline` looks for them. */
    .section .data.marks, "aw", @progbits
    .balign 8
    .globl boot_mark_record
boot_mark_record:
    .ascii "PVHM"
    .long 1                     /* version */
mark_entry: .quad 0
mark_main:  .quad 0
    .quad 0, 0                  /* start and end of `run` */
    .quad 0                     /* the program's own */

    .section .bss, "aw", @nobits
    .balign 16
thread:          .skip THREAD_SIZE
thread_language: .skip 6 * 8

    /* The linker script aligns these: an aligned section would pad the file. */
    .section .pagetables, "aw", @nobits
    .globl page_directory_pointers
page_map:                .skip 4096
page_directory_pointers: .skip 4096
page_directories:        .skip 4 * 4096     /* page_tables follow */

#endif

    .section .note.GNU-stack, "", @progbits
