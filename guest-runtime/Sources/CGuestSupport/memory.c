// SPDX-License-Identifier: Apache-2.0
//
// The memory functions that compilers emit calls to. The string instructions are the smallest code
// there is, and fast on CPUs with ERMS.
#ifdef PVHKIT_GUEST
#include <stddef.h>
#include <stdint.h>

void *memset(void *destination, int value, size_t count) {
  void *to = destination;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
  return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t count) {
  void *to = destination;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(count) : : "memory");
  return destination;
}

void *memmove(void *destination, const void *source, size_t count) {
  if ((uintptr_t)destination - (uintptr_t)source >= count)
    return memcpy(destination, source, count);
  // The destination overlaps the source's end: backwards.
  uint8_t *to = (uint8_t *)destination + count - 1;
  const uint8_t *from = (const uint8_t *)source + count - 1;
  __asm__ volatile("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return destination;
}

int memcmp(const void *left, const void *right, size_t count) {
  const uint8_t *a = left, *b = right;
  for (; count > 0; a++, b++, count--)
    if (*a != *b) return *a - *b;
  return 0;
}

#endif
