// SPDX-License-Identifier: Apache-2.0
//
// What Swift's prebuilt concurrency archive offers to an executor.
// Source: include/swift/Runtime/Concurrency.h of the Swift repository, release/6.3.
#ifndef PVHKIT_C_GUEST_CONCURRENCY_H
#define PVHKIT_C_GUEST_CONCURRENCY_H

#include <stdint.h>

/// Names an executor: an object and its witness table; both null for the one that runs any job.
struct executor_reference {
  void *identity;
  uintptr_t implementation;
};

/// Runs a job, up to its next suspension, on an executor.
void _swift_job_run_c(void *job, struct executor_reference executor);

/// Runs a job on the executor that runs any job.
static inline void guest_run_job(void *job) {
  struct executor_reference any = {0, 0};
  _swift_job_run_c(job, any);
}

#endif
