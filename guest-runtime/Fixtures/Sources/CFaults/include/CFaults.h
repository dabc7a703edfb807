// SPDX-License-Identifier: Apache-2.0
//
// What no compiler lets a program do.
#ifndef PVHKIT_C_FAULTS_H
#define PVHKIT_C_FAULTS_H

#include <stdint.h>

/// Takes an invalid opcode exception.
static inline void fault_invalid_opcode(void) { __asm__ volatile("ud2"); }

/// Reads at an address that is not mapped.
static inline void fault_page(void) { (void)*(volatile uint64_t *)0x10; }

/// Reads at an address that no page table can map.
static inline void fault_general_protection(void) {
  (void)*(volatile uint64_t *)0x8000000000000000;
}

/// Divides by zero.
static inline void fault_division(void) {
  __asm__ volatile("xorl %%ecx, %%ecx; xorl %%edx, %%edx; divl %%ecx" : : : "eax", "ecx", "edx");
}

/// Jumps into data.
static inline void fault_no_execute(void) {
  static volatile uint8_t code[1] = {0xc3};
  ((void (*)(void))(uintptr_t)code)();
}

/// Calls itself until the stack ends.
void fault_stack(void);

/// Faults with an empty interrupt table.
static inline void fault_triple(void) {
  static const uint8_t table[10] = {0};
  __asm__ volatile("lidt %0; ud2" : : "m"(table));
}

/// Halts with interrupts off, for ever.
static inline void fault_halt(void) {
  for (;;) __asm__ volatile("cli; hlt");
}

#endif
