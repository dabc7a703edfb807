// SPDX-License-Identifier: Apache-2.0
//
// What the C library asks of the guest: the functions here are the runtime's, in Swift, but for
// `guest_finish_library`. The rest of this module are names of C; a guest has those that it uses.
#ifndef PVHKIT_C_GUEST_LIBRARY_H
#define PVHKIT_C_GUEST_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

/// Prints bytes, by lines, in one order with Swift's `print`.
void guest_standard_output(const uint8_t *bytes, size_t count);

/// Waits for bytes that are typed. Out: how many there are; 0 when the console has failed.
size_t guest_standard_input(uint8_t *bytes, size_t count);

/// A moment: seconds, and nanoseconds of the next one.
struct guest_time {
  int64_t seconds;
  int64_t nanoseconds;
};

/// The time since the host's start. False if there is no clock.
_Bool guest_monotonic_time(struct guest_time *time);

/// The time since 1970. False if Xen gives none.
_Bool guest_calendar_time(struct guest_time *time);

/// Sleeps for so long, not shorter.
void guest_sleep(uint64_t nanoseconds);

/// Fills memory from the CPU's random number generator. False if there is none, or it gives nothing.
_Bool guest_random_bytes(uint8_t *bytes, size_t count);

/// Ends the domain as crashed: random numbers were wanted, and there is nothing to make them from.
_Noreturn void guest_lacks_entropy(void);

/// Powers the domain off with an exit status.
_Noreturn void guest_power_off(int status);

/// Does what is left to do before the end, in guests that have left something: calls what `atexit` was
/// given, writes what buffers of streams hold.
void guest_finish_library(void);

/// Ends the domain as crashed; the reason is one of the two below.
_Noreturn void guest_aborted(void);
_Noreturn void guest_stack_overwritten(void);

/// Ends the domain as crashed with what was to hold, and where.
_Noreturn void guest_assertion_failed(
    const char *condition, const char *file, int line, const char *function);

#endif
