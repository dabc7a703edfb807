// SPDX-License-Identifier: Apache-2.0
//
// Moments that a guest notes in its own memory, for `pvh run --timeline`: whoever looks finds the record below
// at the start of the image's writable segment. A moment is a value of the time-stamp counter, 0 if it has not come.
// Its reader is `MarkRecord` of XenToolstack.
#ifndef PVHKIT_MARKS_H
#define PVHKIT_MARKS_H

#include <stdint.h>

/// A moment that the program has given a name: bytes of UTF-8, in memory that stays.
struct boot_mark {
  uint64_t moment;
  const uint8_t *name;
  uint64_t name_size;
};

enum { boot_mark_capacity = 64 };

/// The first marks of a program; the others are only counted.
struct boot_mark_table {
  uint64_t count;
  struct boot_mark marks[boot_mark_capacity];
};

/// Moments that every guest notes. The first two words are 0x4D485650, "PVHM", and the version, 1.
struct boot_mark_record {
  uint32_t magic, version;
  uint64_t entry;     // at the PVH entry
  uint64_t main;      // before the first line of Swift
  uint64_t run_start; // before the appliance's `run`
  uint64_t run_end;   // when it has returned or thrown
  struct boot_mark_table *table; // null in programs without marks of their own
};
extern struct boot_mark_record boot_mark_record;

static inline uint64_t boot_mark_record_address(void) { return (uintptr_t)&boot_mark_record; }

static inline void boot_note_run_start(void) {
  boot_mark_record.run_start = __builtin_ia32_rdtsc();
}

static inline void boot_note_run_end(void) {
  boot_mark_record.run_end = __builtin_ia32_rdtsc();
}

/// Notes that the program has come somewhere. The name's bytes have to stay where they are.
void boot_mark(const uint8_t *name, uint64_t name_size);

#endif
