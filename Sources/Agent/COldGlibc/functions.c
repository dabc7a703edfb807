// SPDX-License-Identifier: Apache-2.0

#include <features.h>

#include "COldGlibc.h"

#if __GLIBC_PREREQ(2, 38)

// Source: glibc's NEWS for 2.38: fmod no longer sets errno, strtol and its relatives take binary numbers.
// The versions before are still there.

double old_fmod(double, double);
float old_fmodf(float, float);
unsigned long old_strtoul(const char *, char **, int);
unsigned long long old_strtoull(const char *, char **, int);
__asm__(".symver old_fmod, fmod@GLIBC_2.2.5");
__asm__(".symver old_fmodf, fmodf@GLIBC_2.2.5");
__asm__(".symver old_strtoul, strtoul@GLIBC_2.2.5");
__asm__(".symver old_strtoull, strtoull@GLIBC_2.2.5");

#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN double fmod(double x, double y) { return old_fmod(x, y); }
HIDDEN float fmodf(float x, float y) { return old_fmodf(x, y); }
HIDDEN unsigned long __isoc23_strtoul(const char *text, char **end, int base) {
  return old_strtoul(text, end, base);
}
HIDDEN unsigned long long __isoc23_strtoull(const char *text, char **end, int base) {
  return old_strtoull(text, end, base);
}

#endif
