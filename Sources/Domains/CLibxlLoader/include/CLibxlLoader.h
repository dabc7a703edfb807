// SPDX-License-Identifier: Apache-2.0
// libxenlight and the libraries that it needs take longer to load than a domain takes to be built
// without them. So they are loaded when they are wanted first: what is called here under
// libxenlight's own names looks the function up in it.
#pragma once

#include <stdbool.h>

/// Whether this program can load libraries: one that is linked statically has no dynamic linker.
bool pvh_libxl_can_load(void);

// Loads libxenlight. Returns null, or why that is not possible; no other function of it may be called
// before this has returned null.
const char *pvh_libxl_load(void);

// The version of Xen whose libraries this program was built for, which is part of their file names:
// "4.17".
const char *pvh_library_version(void);
