// SPDX-License-Identifier: Apache-2.0
//
// Loaded before a program's libraries (LD_PRELOAD), this makes Xen answer as another version does: labs
// have few of them.
//
// OTHER_XEN_OPERATION=N in the environment: domctl N is refused, and with 0 all domctl and sysctl calls.
//
// OTHER_XEN="22 23": all domctl and sysctl calls are refused but those with these interface versions,
// which are changed into those of OTHER_XEN_REAL and made. Of a new domain the form is checked, and
// changed, too.
#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Source: Linux, include/uapi/xen/privcmd.h.
struct privcmd_hypercall {
  uint64_t operation;
  uint64_t arguments[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

// Source: Xen, public/xen.h, public/domctl.h.
enum { sysctl_call = 35, domctl_call = 36, createdomain = 1, domid_any = 0x7ff5 };

// How both begin, and a new domain. Source: Xen, public/domctl.h and public/sysctl.h.
struct call {
  uint32_t command, version;
  uint16_t domain, pad[3];
  uint8_t body[128];
};

struct version {
  uint32_t domctl, sysctl;
};

static int has_altp2m(uint32_t domctl) { return domctl >= 0x17; }

// Moves what is behind altp2m_opts, which is at 48 where a version has it.
static void move_tail(struct call *call, uint32_t from, uint32_t to) {
  uint8_t *place = call->body + 48;
  if (!has_altp2m(from) && has_altp2m(to)) {
    memmove(place + 4, place, 16);
    memset(place, 0, 4);
  } else if (has_altp2m(from) && !has_altp2m(to)) {
    memmove(place, place + 4, 16);
  }
}

static int has_version(const char *name, struct version *version) {
  const char *text = getenv(name);
  return text && sscanf(text, "%u %u", &version->domctl, &version->sysctl) == 2;
}

static long make(int descriptor, struct privcmd_hypercall *hypercall) {
  return syscall(SYS_ioctl, descriptor, IOCTL_PRIVCMD_HYPERCALL, hypercall);
}

static long refuse(int code) {
  errno = code;
  return -1;
}

static long call_other(int descriptor, struct privcmd_hypercall *hypercall) {
  struct call *call = (struct call *)(uintptr_t)hypercall->arguments[0];
  struct version other, real;
  const char *refused = getenv("OTHER_XEN_OPERATION");
  int is_domctl = hypercall->operation == domctl_call;
  if (refused) {
    uint32_t chosen = (uint32_t)atoi(refused);
    if (chosen == 0 || (is_domctl && call->command == chosen)) return refuse(EACCES);
  }
  if (!has_version("OTHER_XEN", &other) || !has_version("OTHER_XEN_REAL", &real))
    return make(descriptor, hypercall);
  uint32_t version = call->version;
  if (version != (is_domctl ? other.domctl : other.sysctl)) return refuse(EACCES);
  int creates = is_domctl && call->command == createdomain;
  if (creates) {
    // Xen 4.22 takes 0 for the number that is wanted.
    if (other.domctl >= 0x18 && call->domain != domid_any) return refuse(EEXIST);
    // emulation_flags must be those of PVH, which shows where the program believes them to be.
    uint32_t flags;
    memcpy(&flags, call->body + (has_altp2m(other.domctl) ? 60 : 56), sizeof flags);
    if (flags != 1) return refuse(EINVAL);
    move_tail(call, other.domctl, real.domctl);
  }
  call->version = is_domctl ? real.domctl : real.sysctl;
  long result = make(descriptor, hypercall);
  int code = errno;
  if (creates) move_tail(call, real.domctl, other.domctl);
  call->version = version;
  errno = code;
  return result;
}

int ioctl(int descriptor, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  if (request == IOCTL_PRIVCMD_HYPERCALL) {
    struct privcmd_hypercall *hypercall = argument;
    if (hypercall->operation == domctl_call || hypercall->operation == sysctl_call)
      return (int)call_other(descriptor, hypercall);
  }
  return (int)syscall(SYS_ioctl, descriptor, request, argument);
}
