// SPDX-License-Identifier: Apache-2.0
// libxenlight creates domains, and CLibxlLoader loads it; libxenguest reads images, libxenctrl does
// the rest.

// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <cpuid.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <libxlutil.h>
#include <linux/memfd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/io/console.h>
#include <xen/sched.h>
#include <xenforeignmemory.h>
#include <xenguest.h>
#include <xentoollog.h>

// Xen's libraries report through a table of functions, one of which takes a va_list. Here each
// report becomes one finished line, handed to a function that Swift can provide.

typedef void pvh_log_line(void *context, xentoollog_level level, const char *source,
                          const char *line);

struct pvh_logger {
  xentoollog_logger table; // first, so that the libraries' pointer is also ours
  pvh_log_line *line;
  void *context;
  xentoollog_level minimum; // lines below it are dropped before they are formatted
};

static inline void pvh_logger_message(struct xentoollog_logger *table, xentoollog_level level,
                                      int error, const char *source, const char *format,
                                      va_list arguments) {
  struct pvh_logger *logger = (struct pvh_logger *)table;
  char line[512];
  if (level < logger->minimum) return;
  int length = vsnprintf(line, sizeof line, format, arguments);
  if (length >= 0 && error > 0 && (size_t)length < sizeof line)
    snprintf(line + length, sizeof line - (size_t)length, ": %s", strerror(error));
  logger->line(logger->context, level, source, line);
}

static inline void pvh_logger_destroy(struct xentoollog_logger *table) { (void)table; }

static inline void pvh_logger_init(struct pvh_logger *logger, pvh_log_line *line, void *context) {
  logger->table.vmessage = pvh_logger_message;
  logger->table.progress = NULL;
  logger->table.destroy = pvh_logger_destroy;
  logger->line = line;
  logger->context = context;
  logger->minimum = XTL_NOTICE;
}

// A guest owns these two words and may change them at any moment: each is read in one instruction.

static inline uint32_t pvh_console_produced(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_prod, __ATOMIC_ACQUIRE);
}

static inline uint32_t pvh_console_consumed(const void *page) {
  return __atomic_load_n(&((const struct xencons_interface *)page)->out_cons, __ATOMIC_ACQUIRE);
}

// What a domain's vCPUs start with, as a stream of records of Xen's (public/hvm/save.h). The macros
// that name the records' types and numbers are out of Swift's reach.

#define PVH_RECORD(name)             \
  struct {                           \
    struct hvm_save_descriptor head; \
    HVM_SAVE_TYPE(name) body;        \
  }

struct pvh_context_start {
  PVH_RECORD(HEADER) header;
  PVH_RECORD(CPU) cpu;
};

typedef PVH_RECORD(MTRR) pvh_context_mtrr;
typedef struct hvm_save_descriptor pvh_context_end;

// Bytes of a stream for so many vCPUs.
static inline size_t pvh_context_size(unsigned vcpus) {
  return sizeof(struct pvh_context_start) + vcpus * sizeof(pvh_context_mtrr) +
         sizeof(pvh_context_end);
}

// Fills in a stream: vCPU 0 starts at `entry` in 32-bit protected mode with paging off and
// `start_info` in EBX, the other vCPUs stay down; memory is write-back for all (docs/misc/pvh.pandoc
// in Xen's tree). The stream has to have the size that pvh_context_size says.
static inline void pvh_context_fill(void *stream, unsigned vcpus, uint32_t entry,
                                    uint32_t start_info) {
  memset(stream, 0, pvh_context_size(vcpus));
  struct pvh_context_start *start = (struct pvh_context_start *)stream;
  start->header.head.typecode = HVM_SAVE_CODE(HEADER);
  start->header.head.length = HVM_SAVE_LENGTH(HEADER);
  start->header.body.magic = HVM_FILE_MAGIC;
  start->header.body.version = HVM_FILE_VERSION;
  // Xen remarks in its log when the stream seems to come from another processor.
  unsigned ebx, ecx, edx;
  __get_cpuid(1, &start->header.body.cpuid, &ebx, &ecx, &edx);

  start->cpu.head.typecode = HVM_SAVE_CODE(CPU);
  start->cpu.head.length = HVM_SAVE_LENGTH(CPU);
  HVM_SAVE_TYPE(CPU) *cpu = &start->cpu.body;
  cpu->rip = entry;
  cpu->rbx = start_info;
  cpu->cr0 = 0x11; // PE, ET
  cpu->dr6 = 0xffff0ff0;
  cpu->dr7 = 0x400;
  cpu->cs_limit = cpu->ds_limit = cpu->es_limit = cpu->ss_limit = ~0U;
  cpu->cs_arbytes = 0xc9b;                                     // 32-bit code, read and execute
  cpu->ds_arbytes = cpu->es_arbytes = cpu->ss_arbytes = 0xc93; // 32-bit data, read and write
  cpu->tr_limit = 0x67;
  cpu->tr_arbytes = 0x8b; // busy 32-bit TSS

  unsigned char *next = (unsigned char *)(start + 1);
  for (unsigned vcpu = 0; vcpu < vcpus; vcpu++) {
    pvh_context_mtrr *mtrr = (pvh_context_mtrr *)next;
    mtrr->head.typecode = HVM_SAVE_CODE(MTRR);
    mtrr->head.instance = (uint16_t)vcpu;
    mtrr->head.length = HVM_SAVE_LENGTH(MTRR);
    mtrr->body.msr_pat_cr = 0x0007040600070406;           // the processor's own default
    mtrr->body.msr_mtrr_cap = 1 << 10 | 1 << 8 | MTRR_VCNT; // as Xen sets a new vCPU up
    mtrr->body.msr_mtrr_def_type = 1 << 11 | 6;           // enabled, write-back
    next += sizeof *mtrr;
  }
  pvh_context_end *end = (pvh_context_end *)next;
  end->typecode = HVM_SAVE_CODE(END);
}

// The address of a domain's start info: what EBX of vCPU 0 holds before the first instruction.
// Negative, and errno is set, if Xen does not say.
static inline int pvh_start_info_address(xc_interface *control, uint32_t domain,
                                         uint64_t *address) {
  vcpu_guest_context_any_t context;
  int result = xc_vcpu_getcontext(control, domain, 0, &context);
  if (result == 0) *address = (uint32_t)context.x64.user_regs.rbx;
  return result;
}

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
