// SPDX-License-Identifier: Apache-2.0
//
// The C library's own names for what it does itself elsewhere: locks, memory, files that are not
// there, the language of the user.
#ifdef PVHKIT_GUEST
#include "CGuestLibrary.h"

// There is one thread, and nothing interrupts it, so every lock is free.
void __lock(volatile int *lock) {}
void __unlock(volatile int *lock) {}
int __lockfile(void *stream) { return 0; }
void __unlockfile(void *stream) {}

// Memory for its own use comes from the heap, too.
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void free(void *memory);
void *__libc_malloc(size_t size) { return malloc(size); }
void *__libc_calloc(size_t count, size_t size) { return calloc(count, size); }
void *__libc_realloc(void *memory, size_t size) { return realloc(memory, size); }
void __libc_free(void *memory) { free(memory); }

// It looks for descriptions of time zones and of languages, and does without: a guest has no files.
// Local time is UTC, unless TZ says otherwise, as in "CET-1CEST,M3.5.0,M10.5.0/3".
const unsigned char *__map_file(const char *path, size_t *size) { return NULL; }
int __munmap(void *address, size_t size) { return 0; }

// The "C" locale is all there is.
char *setlocale(int category, const char *name) {
  static char plain[] = "C";
  if (category < 0 || category > 6) return NULL;
  if (!name || !*name || (name[0] == 'C' && !name[1])) return plain;
  return __builtin_strcmp(name, "POSIX") == 0 ? plain : NULL;
}

#endif
