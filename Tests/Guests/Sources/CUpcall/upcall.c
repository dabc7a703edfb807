// SPDX-License-Identifier: Apache-2.0
#include "CUpcall.h"

#include <stdint.h>

bool upcall_leaves_registers(void) {
  uint64_t a = 1, b = 2, c = 3, d = 4, source = 5, destination = 6;
  register uint64_t r8 __asm__("r8") = 8;
  register uint64_t r9 __asm__("r9") = 9;
  register uint64_t r10 __asm__("r10") = 10;
  register uint64_t r11 __asm__("r11") = 11;
  bool carry;
  // 32 is the vector of upcalls.
  __asm__ volatile("stc; int $32"
                   : "+a"(a), "+b"(b), "+c"(c), "+d"(d), "+S"(source), "+D"(destination),
                     "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), "=@ccc"(carry)
                   :
                   : "memory");
  return carry && a == 1 && b == 2 && c == 3 && d == 4 && source == 5 && destination == 6 && r8 == 8
         && r9 == 9 && r10 == 10 && r11 == 11;
}
