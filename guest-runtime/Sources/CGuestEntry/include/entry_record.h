// SPDX-License-Identifier: Apache-2.0
//
// The CPU at the PVH entry, before the boot code changed it.
#ifndef PVHKIT_ENTRY_RECORD_H
#define PVHKIT_ENTRY_RECORD_H

#include <stdint.h>

/// Registers as the launcher left them.
struct entry_record {
  uint32_t eax, ebx, ecx, edx, esp, ebp, esi, edi;
  uint32_t eflags, cr0, cr4;
  uint32_t cs, ds, es, ss, tr;
  uint32_t efer;
};

/// Them.
static inline struct entry_record entry_record_get(void) {
  extern const struct entry_record entry_record;
  return entry_record;
}

#endif
