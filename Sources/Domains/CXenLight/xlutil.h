// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_XLUTIL_H
#define PVH_XLUTIL_H

#include "xen.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// libxlutil reads the files that xl reads. It is loaded when there is one to read: to link it would
// make each start of an agent slower, and most agents never see such a file.

struct pvh_xlutil {
  __typeof__(&xlu_cfg_init) init;
  __typeof__(&xlu_cfg_destroy) destroy;
  __typeof__(&xlu_cfg_readdata) read;
  __typeof__(&xlu_cfg_get_string) string;
  __typeof__(&xlu_cfg_get_long) number;
  __typeof__(&xlu_cfg_get_list) list;
  __typeof__(&xlu_cfg_get_listitem) item;
  __typeof__(&xlu_disk_parse) disk;
};

// False if dlopen or dlsym failed, for which dlerror has the reason. It stays loaded.
static inline bool pvh_xlutil_load(struct pvh_xlutil *library, const char *path) {
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  return handle && (library->init = dlsym(handle, "xlu_cfg_init")) &&
         (library->destroy = dlsym(handle, "xlu_cfg_destroy")) &&
         (library->read = dlsym(handle, "xlu_cfg_readdata")) &&
         (library->string = dlsym(handle, "xlu_cfg_get_string")) &&
         (library->number = dlsym(handle, "xlu_cfg_get_long")) &&
         (library->list = dlsym(handle, "xlu_cfg_get_list")) &&
         (library->item = dlsym(handle, "xlu_cfg_get_listitem")) &&
         (library->disk = dlsym(handle, "xlu_disk_parse"));
}

// What a disk's description says; the strings are to be freed. Later members of libxl_device_disk are in
// other places in other versions of Xen, these are where they have been since Xen 4.5.
struct pvh_xldisk {
  char *path;
  char *name;
  char *backend_domain;
  char *script;
  libxl_disk_backend backend;
  libxl_disk_format format;
  _Bool is_writable;
  _Bool is_cdrom;
};

// False if the library does not take it, and has said why.
static inline bool pvh_xldisk_parse(const struct pvh_xlutil *library, XLU_Config *configuration,
                                    const char *text, struct pvh_xldisk *result) {
  // Room for the structure of every version.
  union {
    libxl_device_disk disk;
    char room[4096];
  } parsed;
  memset(&parsed, 0, sizeof parsed);
  int failure = library->disk(configuration, 1, &text, &parsed.disk);
  *result = (struct pvh_xldisk){
      .path = parsed.disk.pdev_path,
      .name = parsed.disk.vdev,
      .backend_domain = parsed.disk.backend_domname,
      .script = parsed.disk.script,
      .backend = parsed.disk.backend,
      .format = parsed.disk.format,
      .is_writable = parsed.disk.readwrite,
      .is_cdrom = parsed.disk.is_cdrom,
  };
  return failure == 0;
}

static inline void pvh_xldisk_free(struct pvh_xldisk *disk) {
  free(disk->path);
  free(disk->name);
  free(disk->backend_domain);
  free(disk->script);
}

#endif
