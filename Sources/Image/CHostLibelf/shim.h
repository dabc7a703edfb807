// SPDX-License-Identifier: Apache-2.0
// libelf: reads and writes ELF files.
#include <gelf.h>
#include <libelf.h>
