// SPDX-License-Identifier: Apache-2.0
//
// What compiled Swift calls for memory, under the names that C gives it. The heap is Swift's
// (GuestAllocator); only the names cannot be: Swift reserves them.
#include <stddef.h>

// Out: memory, or null when there is not enough.
void *guest_heap_allocate(size_t size, size_t alignment);
void guest_heap_free(void *memory);

// Out: 0, or ENOMEM, after which the Swift runtime would write through null: the allocator ends
// the domain with a message before it comes to that.
int posix_memalign(void **result, size_t alignment, size_t size) {
  *result = guest_heap_allocate(size, alignment);
  return *result ? 0 : 12;
}

void free(void *memory) {
  if (memory) guest_heap_free(memory);
}
