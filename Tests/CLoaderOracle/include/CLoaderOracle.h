// SPDX-License-Identifier: Apache-2.0
#pragma once

// Xen's own loader (libxenguest) as an oracle: what would it do with this image? No hypervisor takes
// part, and memory of the domain is memory of this process.

#include <stddef.h>
#include <stdint.h>

typedef enum {
  /// No loader takes the image, or building fails.
  PVH_ORACLE_REFUSED,
  /// The loader for ELF files with Xen notes takes it.
  PVH_ORACLE_ELF,
  /// The loader that is meant for hvmloader takes it.
  PVH_ORACLE_FIRMWARE,
} pvh_oracle_loader;

typedef struct {
  pvh_oracle_loader loader;
  /// Where the guest would start, and the physical memory of the image.
  uint64_t entry, start, end;
  /// Whether libelf saw an access out of range when it loaded the segments, which it does not report
  /// to xl.
  _Bool is_broken;
  /// The last error that was logged, for people.
  char message[160];
} pvh_oracle_verdict;

/// Hands an image to libxenguest as the kernel of a PVH domain of `mebibytes`.
///
/// Returns 0, or -1 if there is no memory to ask with.
int pvh_oracle_judge(const void *image, size_t size, unsigned mebibytes,
                     pvh_oracle_verdict *verdict);
