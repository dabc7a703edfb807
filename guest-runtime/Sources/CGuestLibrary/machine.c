// SPDX-License-Identifier: Apache-2.0
//
// Where the C library would ask a kernel, and a guest has an answer: the time, random bytes, the end.
#ifdef PVHKIT_GUEST
#include "CGuestLibrary.h"

#define EAGAIN 11
#define EIO 5
#define EINVAL 22

int *__errno_location(void);

static int fail(int error) {
  *__errno_location() = error;
  return -1;
}

// MARK: - Time

enum { REALTIME = 0, MONOTONIC = 1, PROCESS_TIME = 2, THREAD_TIME = 3 };

// A process's time is the guest's: there is one, and it has the processor.
int clock_gettime(int clock, struct guest_time *time) {
  switch (clock) {
  case REALTIME: return guest_calendar_time(time) ? 0 : fail(EINVAL);
  case MONOTONIC:
  case PROCESS_TIME:
  case THREAD_TIME: return guest_monotonic_time(time) ? 0 : fail(EINVAL);
  default: return fail(EINVAL);
  }
}
int __clock_gettime(int, struct guest_time *) __attribute__((alias("clock_gettime")));

int clock_getres(int clock, struct guest_time *resolution) {
  if (clock < REALTIME || clock > THREAD_TIME) return fail(EINVAL);
  if (resolution) *resolution = (struct guest_time){0, 1};
  return 0;
}

// Out: 0, or an error's number. Nothing interrupts the sleep, so nothing remains of it.
int clock_nanosleep(
    int clock, int flags, const struct guest_time *wanted, struct guest_time *remaining) {
  struct guest_time now = {0, 0}, length = *wanted;
  if (length.nanoseconds < 0 || length.nanoseconds >= 1000000000) return EINVAL;
  if (flags && clock_gettime(clock, &now)) return EINVAL;
  int64_t nanoseconds;
  if (__builtin_sub_overflow(length.seconds, now.seconds, &length.seconds) ||
      __builtin_mul_overflow(length.seconds, 1000000000, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, length.nanoseconds - now.nanoseconds, &nanoseconds))
    return EINVAL;
  if (nanoseconds > 0) guest_sleep(nanoseconds);
  return 0;
}
int __clock_nanosleep(int, int, const struct guest_time *, struct guest_time *)
    __attribute__((alias("clock_nanosleep")));

// MARK: - Random bytes

// Swift's flag for the seeds of its hashing: 0 before they are made, 1 while they are, then negative.
// In guests without hashing there is no such thing.
// Source: `_swift_stdlib_Hashing_parameters` of Swift's standard library, and its `swift_once`.
extern volatile long hashing_state
    __asm__("$es32_swift_stdlib_Hashing_parameters_Wz") __attribute__((weak));

static uint64_t mixed(uint64_t value) {
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

// What Swift calls for hash seeds and for its random numbers. Without a source there are no random
// numbers; but hashing has to work, and its seeds are then only as good as the clock.
void arc4random_buf(void *bytes, size_t count) {
  if (guest_random_bytes(bytes, count)) return;
  if (!&hashing_state || hashing_state != 1) guest_lacks_entropy();
  uint64_t seed = __builtin_ia32_rdtsc();
  for (uint8_t *byte = bytes; count > 0; count--) *byte++ = (uint8_t)(mixed(seed++) >> 32);
}

int getentropy(void *bytes, size_t count) {
  return count <= 256 && guest_random_bytes(bytes, count) ? 0 : fail(EIO);
}

long getrandom(void *bytes, size_t count, unsigned flags) {
  return guest_random_bytes(bytes, count) ? (long)count : fail(EAGAIN);
}

// MARK: - The end

_Noreturn void _Exit(int status) { guest_power_off(status); }
_Noreturn void _exit(int status) { guest_power_off(status); }
_Noreturn void abort(void) { guest_aborted(); }
_Noreturn void __stack_chk_fail(void) { guest_stack_overwritten(); }
_Noreturn void __assert_fail(
    const char *condition, const char *file, int line, const char *function) {
  guest_assertion_failed(condition, file, line, function);
}

#endif
