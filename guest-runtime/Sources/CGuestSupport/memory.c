// SPDX-License-Identifier: Apache-2.0
//
// The memory functions that compilers emit calls to. The string instructions are the smallest code
// there is; eight bytes at a time they are fast on every CPU, and where QEMU translates them.
#ifdef PVHKIT_GUEST
#include <stddef.h>
#include <stdint.h>

void *memset(void *destination, int value, size_t count) {
  void *to = destination;
  size_t words = count / 8;
  uint64_t word = (uint8_t)value * 0x0101010101010101;
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(word) : "memory");
  count %= 8;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(word) : "memory");
  return destination;
}

void *memcpy(void *restrict destination, const void *restrict source, size_t count) {
  void *to = destination;
  size_t words = count / 8;
  __asm__ volatile("rep movsq" : "+D"(to), "+S"(source), "+c"(words) : : "memory");
  count %= 8;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(source), "+c"(count) : : "memory");
  return destination;
}

void *memmove(void *destination, const void *source, size_t count) {
  if ((uintptr_t)destination - (uintptr_t)source >= count)
    return memcpy(destination, source, count);
  // The destination overlaps the source's end: backwards, the last whole words first.
  size_t words = count / 8;
  uint8_t *to = (uint8_t *)destination + count - 8;
  const uint8_t *from = (const uint8_t *)source + count - 8;
  __asm__ volatile("std; rep movsq; cld" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
  to += 7;
  from += 7;
  count %= 8;
  __asm__ volatile("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
  return destination;
}

int memcmp(const void *left, const void *right, size_t count) {
  const uint8_t *a = left, *b = right;
  uint64_t x, y;
  for (; count >= 8; a += 8, b += 8, count -= 8) {
    __builtin_memcpy(&x, a, 8);
    __builtin_memcpy(&y, b, 8);
    if (x != y) break;
  }
  for (; count > 0; a++, b++, count--)
    if (*a != *b) return *a - *b;
  return 0;
}

#endif
