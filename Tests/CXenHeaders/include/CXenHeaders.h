// SPDX-License-Identifier: Apache-2.0
//
// Xen's public headers as installed by libxen-dev: what XenABI is compared with.
#ifndef PVHKIT_C_XEN_HEADERS_H
#define PVHKIT_C_XEN_HEADERS_H

// xs_wire.h has its table of errors only if these have values.
#include <errno.h>
#include <stdint.h>
// The current ABI: without this the headers give that of Xen 3.
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__
#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/xs_wire.h>

// Macros with casts, which Swift cannot import.
static const uint64_t c_domid_self = DOMID_SELF;

#endif
