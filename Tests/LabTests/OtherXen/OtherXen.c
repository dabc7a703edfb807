// SPDX-License-Identifier: Apache-2.0
//
// Loaded before a program's libraries (LD_PRELOAD), this makes Xen answer as one that does not take the
// program's calls: tests have one version of Xen only.
//
// OTHER_XEN_OPERATION=0 in the environment: the interface version of all domctl and sysctl calls is
// another one, as on a host with another release of Xen. N: only domctl N is refused.
#define _GNU_SOURCE

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Source: Linux, include/uapi/xen/privcmd.h.
struct privcmd_hypercall {
  uint64_t operation;
  uint64_t arguments[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

// Source: Xen, public/xen.h.
enum { sysctl_call = 35, domctl_call = 36 };

// The first word of both is the command. Source: Xen, public/domctl.h and public/sysctl.h.

static int is_refused(const struct privcmd_hypercall *call) {
  const char *text = getenv("OTHER_XEN_OPERATION");
  if (!text || (call->operation != domctl_call && call->operation != sysctl_call)) return 0;
  uint32_t chosen = (uint32_t)atoi(text);
  uint32_t command = *(const uint32_t *)call->arguments[0];
  return chosen == 0 || (call->operation == domctl_call && command == chosen);
}

int ioctl(int descriptor, unsigned long request, ...) {
  va_list list;
  va_start(list, request);
  void *argument = va_arg(list, void *);
  va_end(list);
  if (request == IOCTL_PRIVCMD_HYPERCALL && is_refused(argument)) {
    errno = EACCES;
    return -1;
  }
  return (int)syscall(SYS_ioctl, descriptor, request, argument);
}
