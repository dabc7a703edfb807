// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_VCPU_CONTEXT_H
#define PVH_VCPU_CONTEXT_H

#include "xen.h"
#include <cpuid.h>
#include <string.h>

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

// What the specification leaves open (docs/misc/pvh.pandoc), in a stream that is filled in: all general
// registers but EBX.
static inline void pvh_context_fill_registers(void *stream, uint32_t value) {
  HVM_SAVE_TYPE(CPU) *cpu = &((struct pvh_context_start *)stream)->cpu.body;
  cpu->rax = cpu->rcx = cpu->rdx = cpu->rsi = cpu->rdi = cpu->rbp = cpu->rsp = value;
}

// The values of selectors, which no descriptor table has.
static inline void pvh_context_fill_selectors(void *stream) {
  HVM_SAVE_TYPE(CPU) *cpu = &((struct pvh_context_start *)stream)->cpu.body;
  cpu->cs_sel = 0x88;
  cpu->ds_sel = 0x90;
  cpu->es_sel = 0x98;
  cpu->ss_sel = 0xa0;
  cpu->tr_sel = 0xa8;
}

// Carry, parity, adjust, zero, sign, direction and overflow flag.
static inline void pvh_context_fill_flags(void *stream) {
  HVM_SAVE_TYPE(CPU) *cpu = &((struct pvh_context_start *)stream)->cpu.body;
  cpu->rflags = 0xcd7;
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

#endif
