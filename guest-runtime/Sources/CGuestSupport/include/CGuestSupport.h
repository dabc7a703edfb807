// SPDX-License-Identifier: Apache-2.0
//
// The machine instructions that Swift has no words for.
#ifndef PVHKIT_C_GUEST_SUPPORT_H
#define PVHKIT_C_GUEST_SUPPORT_H

#include <stdint.h>

/// What CPUID answers.
struct cpuid_result {
  uint32_t eax, ebx, ecx, edx;
};

/// Asks the CPU, or Xen in its place, what there is.
static inline struct cpuid_result guest_cpuid(uint32_t leaf, uint32_t subleaf) {
  struct cpuid_result result;
  __asm__ volatile("cpuid"
                   : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx)
                   : "a"(leaf), "c"(subleaf));
  return result;
}

/// Writes a byte to an I/O port. Port 0xE9 is Xen's debug output: no state, no set-up.
static inline void guest_write_port(uint16_t port, uint8_t value) {
  __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

/// Writes 16 bits to an I/O port.
static inline void guest_write_port16(uint16_t port, uint16_t value) {
  __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port));
}

/// Reads a byte from an I/O port.
static inline uint8_t guest_read_port(uint16_t port) {
  uint8_t value;
  __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

/// Reads the time-stamp counter, after all loads before it. Not RDTSCP, which some hosts that
/// emulate the counter do not emulate.
static inline uint64_t guest_read_timestamp(void) {
  uint32_t low, high;
  __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return (uint64_t)high << 32 | low;
}

/// Reads from the CPU's entropy source; false if it has none ready.
static inline _Bool guest_read_seed(uint64_t *value) {
  _Bool ready;
  __asm__ volatile("rdseed %0" : "=r"(*value), "=@ccc"(ready));
  return ready;
}

/// Reads from the CPU's random number generator; false if it has none ready.
static inline _Bool guest_read_random(uint64_t *value) {
  _Bool ready;
  __asm__ volatile("rdrand %0" : "=r"(*value), "=@ccc"(ready));
  return ready;
}

/// The address whose access faulted last.
static inline uint64_t guest_fault_address(void) {
  uint64_t address;
  __asm__ volatile("movq %%cr2, %0" : "=r"(address));
  return address;
}

/// Reads a model-specific register; one that does not exist faults.
static inline uint64_t guest_read_msr(uint32_t number) {
  uint32_t low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return (uint64_t)high << 32 | low;
}

/// Writes a model-specific register; one that does not exist faults.
static inline void guest_write_msr(uint32_t number, uint64_t value) {
  __asm__ volatile("wrmsr" : : "c"(number), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/// Stops the CPU for good.
static inline _Noreturn void guest_stop(void) {
  for (;;) __asm__ volatile("cli; hlt");
}

#endif
