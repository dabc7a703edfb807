// SPDX-License-Identifier: Apache-2.0
// libzstd: unpacks Zstandard.
#include <zstd.h>
