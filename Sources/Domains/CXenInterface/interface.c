// SPDX-License-Identifier: Apache-2.0

#include <xenctrl.h>

#include <errno.h>
#include <string.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xencall.h>

#include "CXenInterface.h"

// Source: xen/include/public/domctl.h and sysctl.h in the branch of each release.
static const struct pvh_interface pvh_interfaces[] = {
    {"4.17", 0x15, 0x15, 64, 0},         {"4.18", 0x16, 0x15, 64, 0},
    {"4.19 and 4.20", 0x17, 0x15, 68, 48}, {"4.21", 0x17, 0x16, 68, 48},
    {"4.22", 0x18, 0x16, 68, 48},
};
const struct pvh_interface *pvh_interface_table(void) { return pvh_interfaces; }
const size_t pvh_interface_count = sizeof pvh_interfaces / sizeof pvh_interfaces[0];

const uint32_t pvh_compiled_domctl = XEN_DOMCTL_INTERFACE_VERSION;
const uint32_t pvh_compiled_sysctl = XEN_SYSCTL_INTERFACE_VERSION;

static uint32_t domctl_in_use = XEN_DOMCTL_INTERFACE_VERSION;
static uint32_t sysctl_in_use = XEN_SYSCTL_INTERFACE_VERSION;

void pvh_interface_use(uint32_t domctl, uint32_t sysctl) {
  __atomic_store_n(&domctl_in_use, domctl, __ATOMIC_RELAXED);
  __atomic_store_n(&sysctl_in_use, sysctl, __ATOMIC_RELAXED);
}

uint32_t pvh_interface_domctl(void) { return __atomic_load_n(&domctl_in_use, __ATOMIC_RELAXED); }
uint32_t pvh_interface_sysctl(void) { return __atomic_load_n(&sysctl_in_use, __ATOMIC_RELAXED); }

/// The newest known form that is not newer than a number.
static const struct pvh_interface *form(uint32_t domctl) {
  const struct pvh_interface *found = &pvh_interfaces[0];
  for (size_t index = 0; index < pvh_interface_count; index++)
    if (pvh_interfaces[index].domctl <= domctl) found = &pvh_interfaces[index];
  return found;
}

/// Bytes of the field `altp2m_opts`.
enum { altp2m_size = sizeof(uint32_t) };

/// Moves what is behind `altp2m_opts`; false if a value of that field would be lost.
static bool convert(struct xen_domctl_createdomain *call, const struct pvh_interface *from,
                    const struct pvh_interface *to) {
  unsigned char *bytes = (unsigned char *)call;
  if (!from->altp2m_offset && to->altp2m_offset) {
    unsigned char *place = bytes + to->altp2m_offset;
    memmove(place + altp2m_size, place, from->createdomain_size - to->altp2m_offset);
    memset(place, 0, altp2m_size);
  } else if (from->altp2m_offset && !to->altp2m_offset) {
    unsigned char *place = bytes + from->altp2m_offset;
    for (unsigned index = 0; index < altp2m_size; index++)
      if (place[index]) return false;
    memmove(place, place + altp2m_size, to->createdomain_size - from->altp2m_offset);
  }
  return true;
}

static int call_domctl(void *handle, struct xen_domctl *call, pvh_hypercall *next) {
  const struct pvh_interface *ours = form(pvh_compiled_domctl), *theirs = form(domctl_in_use);
  bool creates = call->cmd == XEN_DOMCTL_createdomain;
  if (creates && !convert(&call->u.createdomain, ours, theirs)) {
    errno = ENOTSUP;
    return -1;
  }
  call->interface_version = pvh_interface_domctl();
  int result = next(handle, __HYPERVISOR_domctl, (uintptr_t)call);
  int code = errno;
  if (creates) convert(&call->u.createdomain, theirs, ours);
  errno = code;
  return result;
}

int pvh_interface_call(void *handle, unsigned operation, uint64_t argument, pvh_hypercall *next) {
  if (operation == __HYPERVISOR_domctl)
    return call_domctl(handle, (struct xen_domctl *)(uintptr_t)argument, next);
  if (operation == __HYPERVISOR_sysctl)
    ((struct xen_sysctl *)(uintptr_t)argument)->interface_version = pvh_interface_sysctl();
  return next(handle, operation, argument);
}

// With `--wrap=xencall1` the linker turns each use of xencall1 into __wrap_xencall1, and __real_xencall1
// into xencall1. Without it nobody uses the one, and the other is null.

int __real_xencall1(xencall_handle *handle, unsigned operation, uint64_t argument)
    __attribute__((weak));

bool pvh_interface_is_wrapped(void) { return __real_xencall1 != NULL; }

static int real(void *handle, unsigned operation, uint64_t argument) {
  return __real_xencall1(handle, operation, argument);
}

int __wrap_xencall1(xencall_handle *handle, unsigned operation, uint64_t argument);
int __wrap_xencall1(xencall_handle *handle, unsigned operation, uint64_t argument) {
  return pvh_interface_call(handle, operation, argument, real);
}
