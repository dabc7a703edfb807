// SPDX-License-Identifier: Apache-2.0
//
// Keeps a pattern in the vector registers for a moment, again and again, and counts how often it was
// another one afterwards. Usage: registers SEED SECONDS
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int main(int count, char **words) {
  if (count != 3) return 64;
  uint64_t seed = strtoull(words[1], NULL, 10), before[8], after[8];
  long rounds = 0, wrong = 0;
  for (time_t end = time(NULL) + atoi(words[2]); time(NULL) < end;) {
    for (int turn = 0; turn < 1000; turn++, rounds++) {
      for (int i = 0; i < 8; i++) before[i] = (seed ^ rounds) * 0x9e3779b97f4a7c15 + i;
      __asm__ volatile("movups (%0), %%xmm0; movups 16(%0), %%xmm1;"
                       "movups 32(%0), %%xmm2; movups 48(%0), %%xmm3;"
                       "movl $200, %%ecx; 1: decl %%ecx; jnz 1b;"
                       "movups %%xmm0, (%1); movups %%xmm1, 16(%1);"
                       "movups %%xmm2, 32(%1); movups %%xmm3, 48(%1)"
                       :
                       : "r"(before), "r"(after)
                       : "ecx", "memory", "xmm0", "xmm1", "xmm2", "xmm3");
      wrong += memcmp(before, after, sizeof before) != 0;
    }
  }
  printf("%ld wrong\n", wrong);
  return rounds == 0 || wrong > 0;
}
