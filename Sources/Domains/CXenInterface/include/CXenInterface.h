// SPDX-License-Identifier: Apache-2.0
// Calls of Xen's privileged interface, made in the form that the running Xen takes.
//
// libxenctrl and libxenguest put the version of the headers that they were compiled with into each
// call, and Xen refuses every other version. Of what the two send, little differs between the
// versions from 4.17 on: the numbers, and one structure. So a program that is linked with their
// archives, and with `--wrap=xencall1`, has its calls changed on the way to the hypervisor.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What differs between the versions of the interface.
struct pvh_interface {
  /// Releases of Xen that have it, for people.
  const char *releases;
  /// C names: `XEN_DOMCTL_INTERFACE_VERSION`, `XEN_SYSCTL_INTERFACE_VERSION`.
  uint32_t domctl, sysctl;
  /// Bytes of `struct xen_domctl_createdomain`, and where it has the field `altp2m_opts`, four bytes
  /// that moved what is behind them; 0 where it has none.
  uint8_t createdomain_size, altp2m_offset;
};

/// All that are known, from the oldest to the newest.
const struct pvh_interface *pvh_interface_table(void);
extern const size_t pvh_interface_count;

/// The numbers of the headers that this program is compiled with.
extern const uint32_t pvh_compiled_domctl, pvh_compiled_sysctl;

/// Whether this program's calls can be changed: whether it was linked so.
bool pvh_interface_is_wrapped(void);

/// Sets the numbers of the calls from now on. A number behind the newest one counts as having the
/// newest form.
void pvh_interface_use(uint32_t domctl, uint32_t sysctl);

/// The numbers in use.
uint32_t pvh_interface_domctl(void);
uint32_t pvh_interface_sysctl(void);

/// The real call behind a changed one: the arguments of `xencall1`.
typedef int pvh_hypercall(void *handle, unsigned operation, uint64_t argument);

/// Changes a call for the numbers in use, makes it by `next`, and puts the answer into the form that
/// the caller expects. -1, and errno is ENOTSUP, for a call that has no such form.
int pvh_interface_call(void *handle, unsigned operation, uint64_t argument, pvh_hypercall *next);
