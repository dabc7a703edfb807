// SPDX-License-Identifier: Apache-2.0
//
// What a program marks itself. A guest without marks is not linked with it.
#include "Marks.h"

void boot_mark(const uint8_t *name, uint64_t name_size) {
  static struct boot_mark_table table;
  uint64_t index = table.count++;
  if (index >= boot_mark_capacity) return;
  boot_mark_record.table = &table;
  table.marks[index] = (struct boot_mark){__builtin_ia32_rdtsc(), name, name_size};
}
