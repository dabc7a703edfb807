// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_IMAGE_H
#define PVH_IMAGE_H

#include "xen.h"
#include <string.h>

// libxenguest reads an image: it unpacks it, finds the PVH entry, and puts the segments where they
// belong, here into memory of this process, since no domain is named. No hypercall is made.

// Private to libxenguest: tools/libs/guest/xg_private.h in Xen's tree.
struct pvh_loader {
  char *name;
  int (*probe)(struct xc_dom_image *);
  int (*parser)(struct xc_dom_image *);
  int (*loader)(struct xc_dom_image *);
};

// Whether libxenguest takes the image for firmware, which starts without start info.
static inline bool pvh_image_is_firmware(const struct xc_dom_image *image) {
  return strcmp(((const struct pvh_loader *)image->kernel_loader)->name, "HVM-generic") == 0;
}

static inline int pvh_image_parse(struct xc_dom_image *image, const void *bytes, size_t size) {
  image->container_type = XC_DOM_HVM_CONTAINER;
  strcpy(image->xen_caps, "hvm-3.0-x86_32 hvm-3.0-x86_64");
  if (xc_dom_kernel_mem(image, bytes, size) != 0) return -1;
  return xc_dom_parse_image(image);
}

// Loads a parsed image for a domain of so many pages; its first byte, which is at the address
// kernel_seg.vstart of the domain, or null.
static inline void *pvh_image_load(struct xc_dom_image *image, uint64_t pages) {
  if (xc_dom_mem_init(image, 1) != 0) return NULL;
  image->total_pages = pages;
  image->virt_alloc_end = xc_dom_virt_base(image);
  uint64_t size = image->kernel_seg.vend - image->kernel_seg.vstart;
  if (xc_dom_alloc_segment(image, &image->kernel_seg, (char *)"kernel", image->kernel_seg.vstart,
                           size) != 0)
    return NULL;
  if (((struct pvh_loader *)image->kernel_loader)->loader(image) != 0) return NULL;
  return xc_dom_vaddr_to_ptr(image, image->kernel_seg.vstart, &(size_t){0});
}

#endif
