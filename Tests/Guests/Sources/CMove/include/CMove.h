// SPDX-License-Identifier: Apache-2.0
#ifndef C_MOVE_H
#define C_MOVE_H

#include <stdint.h>

/// Moves all that the domain builder handed over to a guest-physical address above 1 GiB, as it would lie
/// behind a module of that size: start info, command line, memory map, the list of modules, and the
/// first module, whose bytes end in the 2 MiB after those of the rest. The address is a multiple of 2 MiB;
/// it is not mapped afterwards, as it was before.
void move_what_was_handed_over(uint64_t address);

#endif
