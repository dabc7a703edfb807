// SPDX-License-Identifier: Apache-2.0
//
// The registers that say how the CPU translates addresses, and places in the image.
#ifndef PVHKIT_C_PAGE_TABLES_H
#define PVHKIT_C_PAGE_TABLES_H

#include <stdint.h>

static inline uint64_t read_cr0(void) {
  uint64_t value;
  __asm__ volatile("movq %%cr0, %0" : "=r"(value));
  return value;
}

static inline uint64_t read_cr3(void) {
  uint64_t value;
  __asm__ volatile("movq %%cr3, %0" : "=r"(value));
  return value;
}

static inline uint64_t read_efer(void) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(0xc0000080));
  return (uint64_t)high << 32 | low;
}

// Pages of the image, from the linker script.
static inline uint64_t first_page_of_code(void) {
  extern char image_start[];
  return (uintptr_t)image_start;
}

static inline uint64_t first_page_of_constants(void) {
  extern char rodata_start[];
  return (uintptr_t)rodata_start;
}

static inline uint64_t first_page_of_variables(void) {
  extern char data_start[];
  return (uintptr_t)data_start;
}

static inline uint64_t guard_of_main_stack(void) {
  extern char main_stack_guard[];
  return (uintptr_t)main_stack_guard;
}

static inline uint64_t guard_of_exception_stack(void) {
  extern char exception_stack_guard[];
  return (uintptr_t)exception_stack_guard;
}

#endif
