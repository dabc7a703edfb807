// SPDX-License-Identifier: Apache-2.0
#include "CFaults.h"

void fault_stack(void) {
  volatile char room[512];
  room[0] = 1;
  fault_stack();
  room[1] = room[0];
}
