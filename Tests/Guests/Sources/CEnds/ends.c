// SPDX-License-Identifier: Apache-2.0
#include "CEnds.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void end_by_abort(void) { abort(); }
void end_by_assertion(int value) { assert(value == 0 && "as asked for"); }

static void last(void) { puts("at the end"); }

void leave_work(void) {
  static char buffer[512];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  atexit(last);
  printf("still in the buffer\n");
}

void end_by_exit(void) {
  leave_work();
  exit(7);
}

// What a function of the C library calls that finds its frame overwritten.
void end_by_overwriting(void) {
  extern _Noreturn void __stack_chk_fail(void);
  __stack_chk_fail();
}

void read_input(void) {
  char line[64];
  int number;
  if (!fgets(line, sizeof line, stdin)) return;
  line[strcspn(line, "\n")] = 0;
  if (scanf("%d", &number) != 1) number = -1;
  printf("read '%s' and %d\n", line, number);
}
