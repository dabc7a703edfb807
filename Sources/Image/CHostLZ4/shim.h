// SPDX-License-Identifier: Apache-2.0
// liblz4: unpacks LZ4 blocks.
#include <lz4.h>
