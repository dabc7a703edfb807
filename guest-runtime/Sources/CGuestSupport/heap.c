// SPDX-License-Identifier: Apache-2.0
//
// C's names for the heap: what compiled Swift, its prebuilt concurrency archive and C code call.
// The heap is Swift's (GuestAllocator); only the names cannot be: Swift reserves them. Each function
// is a section of its own, so a guest has only those that it calls. None sets errno.
#ifdef PVHKIT_GUEST
#include <stddef.h>
#include <stdint.h>

// Out: memory, or null when there is not enough. The alignment is a power of two.
void *guest_heap_allocate(size_t size, size_t alignment);
void guest_heap_free(void *memory);
size_t guest_heap_usable_size(void *memory);
_Noreturn void guest_heap_out_of_memory(size_t size);

// What every type of C is aligned to.
#define ALIGNMENT 16

static inline _Bool is_power_of_two(size_t value) { return value != 0 && !(value & (value - 1)); }

// Swift's allocations come this way. Out: 0, or EINVAL. Its runtime takes no notice of ENOMEM and
// would write through null, so the domain ends here with a report.
int posix_memalign(void **result, size_t alignment, size_t size) {
  if (!is_power_of_two(alignment)) return 22;
  void *memory = guest_heap_allocate(size, alignment);
  if (!memory) guest_heap_out_of_memory(size);
  *result = memory;
  return 0;
}

void free(void *memory) {
  if (memory) guest_heap_free(memory);
}

// The functions below return null when there is not enough memory: C code looks.

void *malloc(size_t size) { return guest_heap_allocate(size, ALIGNMENT); }

void *aligned_alloc(size_t alignment, size_t size) {
  return is_power_of_two(alignment) ? guest_heap_allocate(size, alignment) : NULL;
}

void *calloc(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) return NULL;
  void *memory = guest_heap_allocate(total, ALIGNMENT);
  // Not zero by itself: Xen's scrubbing says nothing of memory that was freed since.
  return memory ? __builtin_memset(memory, 0, total) : NULL;
}

// All that the block holds, which may be more than was asked for.
size_t malloc_usable_size(void *memory) { return memory ? guest_heap_usable_size(memory) : 0; }

// In place where the block is large enough; a block never shrinks.
void *realloc(void *memory, size_t size) {
  size_t usable = malloc_usable_size(memory);
  if (memory && size <= usable) return memory;
  void *larger = guest_heap_allocate(size, ALIGNMENT);
  if (!larger || !memory) return larger;
  __builtin_memcpy(larger, memory, usable);
  guest_heap_free(memory);
  return larger;
}

#endif
