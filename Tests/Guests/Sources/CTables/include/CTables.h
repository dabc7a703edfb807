// SPDX-License-Identifier: Apache-2.0
//
// Much in an image: constants, and variables with values.
#ifndef C_TABLES_H
#define C_TABLES_H

#include <stddef.h>

enum { CONSTANTS = 3 << 20, VARIABLES = 2 << 20 };

extern const unsigned char constants[CONSTANTS];
extern unsigned char variables[VARIABLES];

/// A byte of the table.
static inline int constant(size_t place) { return constants[place]; }

/// Adds to a byte of the table, and says what is there now.
static inline int add_to_variable(size_t place, int amount) { return variables[place] += amount; }

/// Writes where nothing may be written.
static inline void write_constant(size_t place) {
  *(volatile unsigned char *)(constants + place) = 1;
}

#endif
