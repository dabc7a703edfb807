// SPDX-License-Identifier: Apache-2.0
//
// Ways to fail that Swift does not have.
#ifndef PVHKIT_C_CRASH_H
#define PVHKIT_C_CRASH_H

#include <stdlib.h>

/// Takes the exception table away and raises an exception: the CPU finds no handler, then none for
/// the failure, and gives up.
static inline void triple_fault(void) {
  static const struct __attribute__((packed)) {
    unsigned short limit;
    unsigned long base;
  } nothing = {0, 0};
  __asm__ volatile("lidt %0; ud2" : : "m"(nothing));
}

/// Writes where nothing is mapped.
static inline void write_null(void) {
  __asm__ volatile("movl $1, 0x10");
}

/// Grows the stack until it meets the guard page.
static inline void overflow_stack(void) {
  __asm__ volatile("1: pushq %rax; jmp 1b");
}

/// Writes to its own code.
static inline void write_code(void) {
  __asm__ volatile("1: movb $0, 1b(%rip)");
}

/// Runs an instruction that lies among variables.
static inline void execute_data(void) {
  static volatile unsigned char instruction = 0xc3;  // RET
  ((void (*)(void))(unsigned long)&instruction)();
}

/// Frees the same memory twice.
static inline void free_twice(void) {
  void *volatile memory = malloc(100);
  free(memory);
  free(memory);
}

/// Makes the chain of frame pointers a loop, or lead out of the stack, and fails.
static inline void fail_with_chain(unsigned long next) {
  unsigned long frame[2] = {next, 0x1234};
  if (next == 1) frame[0] = (unsigned long)frame;
  __asm__ volatile("movq %0, %%rbp; ud2" : : "r"(frame), "m"(frame));
}

#endif
