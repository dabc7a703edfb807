// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_XLUTIL_H
#define PVH_XLUTIL_H

#include "xen.h"
#include <dlfcn.h>

// libxlutil reads the files that xl reads. It is loaded when there is one to read: to link it would
// make each start of an agent slower, and most agents never see such a file.

struct pvh_xlutil {
  __typeof__(&xlu_cfg_init) init;
  __typeof__(&xlu_cfg_destroy) destroy;
  __typeof__(&xlu_cfg_readdata) read;
  __typeof__(&xlu_cfg_get_string) string;
  __typeof__(&xlu_cfg_get_long) number;
  __typeof__(&xlu_cfg_get_list) list;
};

// False if dlopen or dlsym failed, for which dlerror has the reason. It stays loaded.
static inline bool pvh_xlutil_load(struct pvh_xlutil *library, const char *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  return handle && (library->init = dlsym(handle, "xlu_cfg_init")) &&
         (library->destroy = dlsym(handle, "xlu_cfg_destroy")) &&
         (library->read = dlsym(handle, "xlu_cfg_readdata")) &&
         (library->string = dlsym(handle, "xlu_cfg_get_string")) &&
         (library->number = dlsym(handle, "xlu_cfg_get_long")) &&
         (library->list = dlsym(handle, "xlu_cfg_get_list"));
}

#endif
