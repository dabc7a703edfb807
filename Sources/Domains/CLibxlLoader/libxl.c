// SPDX-License-Identifier: Apache-2.0

// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <dlfcn.h>
#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "CLibxlLoader.h"

static void *library;

bool pvh_libxl_can_load(void) { return getauxval(AT_BASE) != 0; }

// The structures are those of one version of Xen, and each version's library has a name of its own.
const char *pvh_libxl_load(void) {
  if (!library) library = dlopen("libxenlight.so." PVH_XEN_VERSION, RTLD_LAZY | RTLD_LOCAL);
  return library ? NULL : dlerror();
}

const char *pvh_library_version(void) { return PVH_XEN_VERSION; }

static void *function(const char *name) {
  void *address = library ? dlsym(library, name) : NULL;
  if (address) return address;
  fprintf(stderr, "libxenlight has no %s\n", name);
  abort();
}

// Hidden, so that libxenlight's own calls stay within it.
#define FORWARD(result, name, parameters, arguments)            \
  __attribute__((visibility("hidden"))) result name parameters { \
    return ((__typeof__(&name))function(#name))arguments;       \
  }

FORWARD(int, libxl_ctx_alloc,
        (libxl_ctx * *context, int version, unsigned flags, xentoollog_logger *logger),
        (context, version, flags, logger))
FORWARD(int, libxl_ctx_free, (libxl_ctx * context), (context))
FORWARD(void, libxl_childproc_setmode,
        (libxl_ctx * context, const libxl_childproc_hooks *hooks, void *user),
        (context, hooks, user))
FORWARD(int, libxl_name_to_domid, (libxl_ctx * context, const char *name, uint32_t *domain),
        (context, name, domain))
FORWARD(void, libxl_domain_config_init, (libxl_domain_config * config), (config))
FORWARD(void, libxl_domain_config_dispose, (libxl_domain_config * config), (config))
FORWARD(void, libxl_domain_build_info_init_type,
        (libxl_domain_build_info * info, libxl_domain_type type), (info, type))
FORWARD(int, libxl_cpu_bitmap_alloc, (libxl_ctx * context, libxl_bitmap *bitmap, int count),
        (context, bitmap, count))
FORWARD(void, libxl_bitmap_set, (libxl_bitmap * bitmap, int bit), (bitmap, bit))
FORWARD(int, libxl_domain_create_new,
        (libxl_ctx * context, libxl_domain_config *config, uint32_t *domain,
         const libxl_asyncop_how *how, const libxl_asyncprogress_how *console),
        (context, config, domain, how, console))
FORWARD(int, libxl_domain_destroy,
        (libxl_ctx * context, uint32_t domain, const libxl_asyncop_how *how),
        (context, domain, how))
