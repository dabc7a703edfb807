// SPDX-License-Identifier: Apache-2.0

#include "CLoaderOracle.h"

// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <stdio.h>
#include <string.h>
#include <xenguest.h>
#include <xentoollog.h>

// Private to libxenguest: tools/libs/guest/xg_private.h. Its functions are exported all the same.
struct xc_dom_loader {
  char *name;
  int (*probe)(struct xc_dom_image *);
  int (*parser)(struct xc_dom_image *);
  int (*loader)(struct xc_dom_image *);
  struct xc_dom_loader *next;
};

// xen/include/xen/libelf.h, which libxen-dev does not have.
const char *elf_check_broken(const struct elf_binary *elf);

struct oracle_log {
  xentoollog_logger table; // first, so that libxenguest's pointer is also ours
  char *message;
  size_t size;
};

static void log_message(struct xentoollog_logger *table, xentoollog_level level, int error,
                        const char *context, const char *format, va_list arguments) {
  struct oracle_log *log = (struct oracle_log *)table;
  (void)error;
  (void)context;
  if (level >= XTL_ERROR) vsnprintf(log->message, log->size, format, arguments);
}

static void log_destroy(struct xentoollog_logger *table) { (void)table; }

static void judge(struct xc_dom_image *dom, const void *image, size_t size, unsigned mebibytes,
                  pvh_oracle_verdict *verdict) {
  dom->container_type = XC_DOM_HVM_CONTAINER;
  strcpy(dom->xen_caps, "xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64");
  if (xc_dom_kernel_mem(dom, image, size) != 0 || xc_dom_parse_image(dom) != 0) return;
  if (strcmp(dom->kernel_loader->name, "HVM-generic") == 0) {
    verdict->loader = PVH_ORACLE_FIRMWARE;
    return;
  }
  verdict->entry = xc_dom_virt_entry(dom);
  verdict->start = dom->kernel_seg.vstart;
  verdict->end = dom->kernel_seg.vend;
  // From here on as xc_dom_build_image does it.
  if (xc_dom_mem_init(dom, mebibytes) != 0) return;
  dom->virt_alloc_end = xc_dom_virt_base(dom);
  if (xc_dom_alloc_segment(dom, &dom->kernel_seg, "kernel", dom->kernel_seg.vstart,
                           dom->kernel_seg.vend - dom->kernel_seg.vstart) != 0)
    return;
  // What was seen while parsing, such as a note beyond the file, does not concern what is loaded.
  _Bool was_broken = elf_check_broken(dom->private_loader) != NULL;
  if (dom->kernel_loader->loader(dom) != 0) return;
  verdict->is_broken = !was_broken && elf_check_broken(dom->private_loader) != NULL;
  verdict->loader = PVH_ORACLE_ELF;
}

int pvh_oracle_judge(const void *image, size_t size, unsigned mebibytes,
                     pvh_oracle_verdict *verdict) {
  memset(verdict, 0, sizeof *verdict);
  struct oracle_log log = {
      .table = {.vmessage = log_message, .progress = NULL, .destroy = log_destroy},
      .message = verdict->message,
      .size = sizeof verdict->message,
  };
  xc_interface *interface = xc_interface_open(&log.table, &log.table, XC_OPENFLAG_DUMMY);
  if (interface == NULL) return -1;
  struct xc_dom_image *dom = xc_dom_allocate(interface, NULL, NULL);
  if (dom != NULL) {
    judge(dom, image, size, mebibytes, verdict);
    xc_dom_release(dom);
  }
  xc_interface_close(interface);
  return dom == NULL ? -1 : 0;
}
