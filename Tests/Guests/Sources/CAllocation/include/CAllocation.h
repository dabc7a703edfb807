// SPDX-License-Identifier: Apache-2.0
//
// C's allocation functions under other names: a compiler that knows what malloc does leaves out
// calls, and checks of what they return.
#ifndef PVHKIT_C_ALLOCATION_H
#define PVHKIT_C_ALLOCATION_H

#include <stddef.h>

void *_Nullable c_malloc(size_t size);
void *_Nullable c_calloc(size_t count, size_t size);
void *_Nullable c_realloc(void *_Nullable memory, size_t size);
void *_Nullable c_aligned_alloc(size_t alignment, size_t size);
int c_posix_memalign(void *_Nullable *_Nonnull result, size_t alignment, size_t size);
size_t c_malloc_usable_size(void *_Nullable memory);
void c_free(void *_Nullable memory);

#endif
