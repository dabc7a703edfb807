// SPDX-License-Identifier: Apache-2.0

// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <dlfcn.h>
#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "CLibxlLoader.h"

// The prototypes and constants used here are the same in all versions from 4.17 on; structures that
// are not are opaque.
static struct {
  __typeof__(&libxl_ctx_alloc) ctx_alloc;
  __typeof__(&libxl_ctx_free) ctx_free;
  __typeof__(&libxl_childproc_setmode) childproc_setmode;
  __typeof__(&libxl_name_to_domid) name_to_domid;
  __typeof__(&libxl_domain_config_init) domain_config_init;
  __typeof__(&libxl_domain_config_dispose) domain_config_dispose;
  __typeof__(&libxl_domain_config_from_json) domain_config_from_json;
  __typeof__(&libxl_domain_create_new) domain_create_new;
  __typeof__(&libxl_domain_destroy) domain_destroy;
} libxl;

static bool is_loaded;

bool pvh_libxl_can_load(void) { return getauxval(AT_BASE) != 0; }

const char *pvh_libxl_load(const char *version) {
  if (is_loaded) return NULL;
  char name[64];
  snprintf(name, sizeof name, "libxenlight.so.%s", version);
  void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
  if (!library) return dlerror();
#define FIND(function) \
  if (!(libxl.function = dlsym(library, "libxl_" #function))) return dlerror();
  FIND(ctx_alloc)
  FIND(ctx_free)
  FIND(childproc_setmode)
  FIND(name_to_domid)
  FIND(domain_config_init)
  FIND(domain_config_dispose)
  FIND(domain_config_from_json)
  FIND(domain_create_new)
  FIND(domain_destroy)
#undef FIND
  is_loaded = true;
  return NULL;
}

struct pvh_libxl *pvh_libxl_open(void *logger) {
  libxl_ctx *context = NULL;
  if (libxl.ctx_alloc(&context, LIBXL_VERSION, 0, logger) != 0) return NULL;
  // It forks to destroy domains.
  static const libxl_childproc_hooks rules = {
      .chldowner = libxl_sigchld_owner_libxl_always_selective_reap};
  libxl.childproc_setmode(context, &rules, NULL);
  return (struct pvh_libxl *)context;
}

void pvh_libxl_close(struct pvh_libxl *context) { libxl.ctx_free((libxl_ctx *)context); }

bool pvh_libxl_find(struct pvh_libxl *context, const char *name, uint32_t *domain) {
  return libxl.name_to_domid((libxl_ctx *)context, name, domain) == 0;
}

// Bytes for a libxl_domain_config, of which each version has a larger one: 1368 in 4.20.
enum { config_room = 64 << 10 };

enum pvh_libxl_answer pvh_libxl_create(struct pvh_libxl *context, const char *json,
                                       uint32_t *domain, int *status) {
  _Static_assert(sizeof(libxl_domain_config) * 16 < config_room, "a description needs more room");
  libxl_domain_config *config = calloc(1, config_room);
  enum pvh_libxl_answer answer = PVH_LIBXL_MISUNDERSTOOD;
  if (!config) abort();
  libxl.domain_config_init(config);
  if (libxl.domain_config_from_json((libxl_ctx *)context, config, json) == 0) {
    *status = libxl.domain_create_new((libxl_ctx *)context, config, domain, NULL, NULL);
    answer = *status == 0 ? PVH_LIBXL_DONE : PVH_LIBXL_FAILED;
  }
  libxl.domain_config_dispose(config);
  free(config);
  return answer;
}

int pvh_libxl_destroy(struct pvh_libxl *context, uint32_t domain) {
  int status = libxl.domain_destroy((libxl_ctx *)context, domain, NULL);
  return status == ERROR_DOMAIN_NOTFOUND ? 0 : status;
}
