// SPDX-License-Identifier: Apache-2.0
#include "CAllocation.h"

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
int posix_memalign(void **result, size_t alignment, size_t size);
size_t malloc_usable_size(void *memory);
void free(void *memory);

void *c_malloc(size_t size) { return malloc(size); }
void *c_calloc(size_t count, size_t size) { return calloc(count, size); }
void *c_realloc(void *memory, size_t size) { return realloc(memory, size); }
void *c_aligned_alloc(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
int c_posix_memalign(void **result, size_t alignment, size_t size) {
  return posix_memalign(result, alignment, size);
}
size_t c_malloc_usable_size(void *memory) { return malloc_usable_size(memory); }
void c_free(void *memory) { free(memory); }
