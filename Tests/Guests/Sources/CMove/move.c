// SPDX-License-Identifier: Apache-2.0
#include "CMove.h"

#include <string.h>

// Source: `struct hvm_start_info` and its kin in `xen/include/public/arch-x86/hvm/start_info.h`.
struct start_info {
  uint32_t magic, version, flags, module_count;
  uint64_t modules, command_line, rsdp, memory_map;
  uint32_t memory_map_entries, reserved;
};
struct module {
  uint64_t address, size, command_line, reserved;
};

enum { PAGES = 2, MAP_ENTRY = 24, LARGE_PAGE = 2 << 20 };

extern uint32_t boot_start_info;
extern uint64_t page_directory_pointers[];

static uint64_t *entry(uint64_t address) {
  uint64_t *directory = (uint64_t *)(page_directory_pointers[address >> 30] & ~4095ull);
  return &directory[address >> 21 & 511];
}

static void *at(uint64_t address) { return (void *)(uintptr_t)address; }

void move_what_was_handed_over(uint64_t address) {
  for (uint64_t page = 0; page < PAGES; page++)
    *entry(address + page * LARGE_PAGE) = (address + page * LARGE_PAGE) | 0x83;

  struct start_info *old = at(boot_start_info), *new = at(address);
  *new = *old;
  new->command_line = address + 0x1000;
  strcpy(at(new->command_line), at(old->command_line));
  new->memory_map = address + 0x2000;
  memcpy(at(new->memory_map), at(old->memory_map), old->memory_map_entries * MAP_ENTRY);
  new->modules = address + 0x3000;
  memcpy(at(new->modules), at(old->modules), old->module_count * sizeof(struct module));
  struct module *module = at(new->modules);
  uint64_t bytes = address + LARGE_PAGE - module->size / 2;
  memcpy(at(bytes), at(module->address), module->size);
  module->address = bytes;
  memset(old, 0, sizeof *old);
  boot_start_info = (uint32_t)address;

  for (uint64_t page = 0; page < PAGES; page++) {
    *entry(address + page * LARGE_PAGE) = 0;
    __asm__ volatile("invlpg (%0)" : : "r"(address + page * LARGE_PAGE) : "memory");
  }
}
