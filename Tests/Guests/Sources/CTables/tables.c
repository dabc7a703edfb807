// SPDX-License-Identifier: Apache-2.0
#include "CTables.h"

const unsigned char constants[CONSTANTS] = {
    [0] = 1, [1 << 20] = 2, [(2 << 20) + 5] = 3, [CONSTANTS - 1] = 4,
};

unsigned char variables[VARIABLES] = {[0] = 5, [VARIABLES - 1] = 6};
