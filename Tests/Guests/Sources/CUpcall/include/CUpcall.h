// SPDX-License-Identifier: Apache-2.0
#ifndef C_UPCALL_H
#define C_UPCALL_H

#include <stdbool.h>

/// Takes an upcall with interrupts off, as emulated CPUs let some in: whether all registers that a handler
/// could have changed are as they were.
bool upcall_leaves_registers(void);

#endif
