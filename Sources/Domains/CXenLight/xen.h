// SPDX-License-Identifier: Apache-2.0
// The interfaces of Xen that are used here: libxenlight creates domains, and CLibxlLoader loads it;
// libxenguest reads images, libxenctrl does the rest.
#ifndef PVH_XEN_H
#define PVH_XEN_H


// First: it declares the privileged interface in the headers that the others include.
#include <xenctrl.h>

#include <libxl.h>
#include <libxl_event.h>
#include <libxl_utils.h>
#include <libxlutil.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/io/console.h>
#include <xen/sched.h>
#include <xenevtchn.h>
#include <xenforeignmemory.h>
#include <xengnttab.h>
#include <xenguest.h>
#include <xentoollog.h>

#endif
