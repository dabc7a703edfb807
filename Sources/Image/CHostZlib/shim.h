// SPDX-License-Identifier: Apache-2.0
// zlib: unpacks gzip.
#include <zlib.h>
