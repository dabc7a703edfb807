// SPDX-License-Identifier: Apache-2.0
//
// In place of the machine's code, where the runtime is compiled for the host: `swift test` builds a whole
// package, its guests too. They link there, and say that they are guests. What C and assembly define for guests
// would take the place of the host's own `malloc`, `exit` and so on, so PVHKIT_GUEST guards all of it: the Swift
// SDK `xen-pvh` defines that.
#ifndef PVHKIT_GUEST
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "Boot.h"

extern char *program_invocation_short_name;

void boot_refuse_host(void) {
  fprintf(stderr, "%s is a guest, and runs under Xen only: start it with pvh run\n",
          program_invocation_short_name);
  exit(126);
}

struct boot_mark_record boot_mark_record = {.magic = 0x4d485650, .version = 1};

// None of what follows is reached.
const uint32_t boot_start_info;
uint64_t page_directory_pointers[1];
const uint64_t image_id;
const char image_start[1], image_end[1];
const char main_stack_guard[1], main_stack_top[1], exception_stack_guard[1];

long xen_hypercall(uint32_t number, uint64_t first, uint64_t second, uint64_t third,
                   uint64_t fourth, uint64_t fifth) {
  abort();
}
void boot_wait_for_interrupt(void) { abort(); }
void boot_install_upcall(_Bool ends_interrupt) { abort(); }

#endif
