// SPDX-License-Identifier: Apache-2.0
// libxenlight of the version that runs. It is loaded when it is wanted first: it and the libraries that
// it needs take longer to load than a domain takes to be built without them. None of its structures
// is compiled in, since they change with each version: a domain is described in libxenlight's own JSON,
// whose keys stay.
#pragma once

#include <stdbool.h>
#include <stdint.h>

/// libxenlight's handle. C name: `libxl_ctx`.
struct pvh_libxl;

/// Whether this program can load libraries: one that is linked statically has no dynamic linker.
bool pvh_libxl_can_load(void);

// Loads libxenlight of a version such as "4.17"; it stays loaded. Returns null, or why that is not
// possible; no other function of it may be called before this has returned null.
const char *pvh_libxl_load(const char *version);

// Opens it; null if it cannot reach Xen. Of the children of this process it reaps its own only.
// `logger` is a xentoollog_logger.
struct pvh_libxl *pvh_libxl_open(void *logger);
void pvh_libxl_close(struct pvh_libxl *context);

// Whether a domain has this name; its number then.
bool pvh_libxl_find(struct pvh_libxl *context, const char *name, uint32_t *domain);

// What libxenlight makes of a domain's description.
enum pvh_libxl_answer {
  PVH_LIBXL_DONE,
  // The library does not understand the description.
  PVH_LIBXL_MISUNDERSTOOD,
  // `status` has its error number.
  PVH_LIBXL_FAILED,
};

// Makes a domain, and leaves it paused.
enum pvh_libxl_answer pvh_libxl_create(struct pvh_libxl *context, const char *json,
                                       uint32_t *domain, int *status);

// Destroys a domain; zero, also if there is none, or the library's error number.
int pvh_libxl_destroy(struct pvh_libxl *context, uint32_t domain);
