// SPDX-License-Identifier: Apache-2.0
//
// The C library, for Swift: `import GuestC`. What a program calls of it is in its image, and nothing else.
#ifndef PVHKIT_GUEST_C_H
#define PVHKIT_GUEST_C_H

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#endif
