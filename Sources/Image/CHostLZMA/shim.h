// SPDX-License-Identifier: Apache-2.0
// liblzma: unpacks xz.
#include <lzma.h>
