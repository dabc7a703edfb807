// SPDX-License-Identifier: Apache-2.0
//
// What the boot code offers to Swift.
#ifndef PVHKIT_BOOT_H
#define PVHKIT_BOOT_H

#include <stdint.h>

#include "Marks.h"

/// Guest-physical address of start info, as the domain builder left it in EBX.
extern const uint32_t boot_start_info;

/// Says that the program is a guest, and ends it; on the host only.
void boot_refuse_host(void);

/// Issues a hypercall; a negative result is an errno.
long xen_hypercall(uint32_t number, uint64_t first, uint64_t second, uint64_t third,
                   uint64_t fourth, uint64_t fifth);

/// The general registers at the moment of an exception, in the order they are pushed.
struct saved_registers {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
};

/// One of them, by its place, and one of the three letters of its name.
static inline uint64_t boot_register(const struct saved_registers *registers, uint32_t index) {
  return ((const uint64_t *)registers)[index];
}

static inline uint8_t boot_register_letter(uint32_t index, uint32_t letter) {
  return (uint8_t)"r15r14r13r12r11r10r9 r8 rdirsirbprbxrdxrcxrax"[3 * index + letter];
}

/// First and one-past-last address of the image in memory, from the linker script.
static inline uintptr_t boot_image_start(void) {
  extern const char image_start[];
  return (uintptr_t)image_start;
}

static inline uintptr_t boot_image_end(void) {
  extern const char image_end[];
  return (uintptr_t)image_end;
}

/// The table whose entries each stand for a GiB of the first 512; four of them have tables already.
static inline uint64_t *boot_page_directory_pointers(void) {
  extern uint64_t page_directory_pointers[];
  return page_directory_pointers;
}

/// Whether an address lies in one of the unmapped pages below the stacks.
static inline _Bool boot_stack_guards_contain(uint64_t address) {
  extern const char main_stack_guard[], exception_stack_guard[];
  return address - (uintptr_t)main_stack_guard < 4096 ||
         address - (uintptr_t)exception_stack_guard < 4096;
}

/// Whether an address, and the 16 bytes from it on, lie in the program's stack.
static inline _Bool boot_main_stack_contains(uint64_t address) {
  extern const char main_stack_guard[], main_stack_top[];
  return address >= (uintptr_t)main_stack_guard + 4096 && address <= (uintptr_t)main_stack_top - 16;
}

/// Room for a crash report, which the exception stack has not.
enum { boot_report_size = 2048 };

static inline uint8_t *boot_report(void) {
  static uint8_t text[boot_report_size];
  return text;
}

/// The frame pointer of the function that asks.
__attribute__((always_inline)) static inline uint64_t boot_frame(void) {
  return (uint64_t)(uintptr_t)__builtin_frame_address(0);
}

/// A word of the program's stack.
static inline uint64_t boot_stack_word(uint64_t address) {
  return *(const uint64_t *)(uintptr_t)address;
}

/// What the linker made of the image's content: the same for two images that are the same.
static inline uint64_t boot_image_id(void) {
  extern const uint64_t image_id __attribute__((aligned(4)));
  return __builtin_bswap64(image_id);
}

/// Sleeps until an upcall; returns at once, if one came before. Interrupts are off at all other
/// times, so what was looked at before the call cannot change unnoticed.
void boot_wait_for_interrupt(void);

/// Gives vector 32 a handler that ends the sleep of `boot_wait_for_interrupt`, and vector 47 one
/// that does nothing.
///
/// \param ends_interrupt whether vector 32 comes through the local APIC, in x2APIC mode, which has
/// to be told when it was handled.
void boot_install_upcall(_Bool ends_interrupt);

#endif
