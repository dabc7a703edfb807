// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_CONSOLE_H
#define PVH_CONSOLE_H

#include "xen.h"

// A guest owns these two words and may change them at any moment: each is read in one instruction.

static inline uint32_t pvh_console_produced(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_prod, __ATOMIC_ACQUIRE);
}

static inline uint32_t pvh_console_consumed(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_cons, __ATOMIC_ACQUIRE);
}

#endif
