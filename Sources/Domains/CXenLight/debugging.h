// SPDX-License-Identifier: Apache-2.0
#ifndef PVH_DEBUGGING_H
#define PVH_DEBUGGING_H

#include "xen.h"
#include <stdlib.h>
#include <string.h>

// A virtual CPU's registers, and the tables that it uses. The structures of Xen's that hold them have unions
// without names in them, and macros for names, which are out of Swift's reach.

struct pvh_registers {
  uint64_t general[16]; // RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP, R8 to R15
  uint64_t instruction, flags;
  uint32_t segments[6]; // CS, SS, DS, ES, FS, GS
  uint8_t floating[512];
};

struct pvh_tables {
  uint64_t cr0, cr3, cr4, efer, interrupt_table;
  uint32_t interrupt_table_limit;
};

#define PVH_EACH_GENERAL(DO)                                                       \
  DO(0, rax) DO(1, rbx) DO(2, rcx) DO(3, rdx) DO(4, rsi) DO(5, rdi) DO(6, rbp)     \
  DO(7, rsp) DO(8, r8) DO(9, r9) DO(10, r10) DO(11, r11) DO(12, r12) DO(13, r13)   \
  DO(14, r14) DO(15, r15)

// The registers of vCPU 0. Negative, and errno is set, if Xen does not say.
static inline int pvh_get_registers(xc_interface *control, uint32_t domain,
                                    struct pvh_registers *registers) {
  vcpu_guest_context_any_t context;
  int result = xc_vcpu_getcontext(control, domain, 0, &context);
  if (result) return result;
  cpu_user_regs_x86_64_t *from = &context.x64.user_regs;
#define PVH_GET(index, name) registers->general[index] = from->name;
  PVH_EACH_GENERAL(PVH_GET)
#undef PVH_GET
  registers->instruction = from->rip;
  registers->flags = from->rflags;
  uint32_t segments[6] = {from->cs, from->ss, from->ds, from->es, from->fs, from->gs};
  memcpy(registers->segments, segments, sizeof segments);
  memcpy(registers->floating, &context.x64.fpu_ctxt, sizeof registers->floating);
  return 0;
}

// Changes the registers of vCPU 0, but for the segments, which stay. The domain has to be paused.
static inline int pvh_set_registers(xc_interface *control, uint32_t domain,
                                    const struct pvh_registers *registers) {
  vcpu_guest_context_any_t context;
  int result = xc_vcpu_getcontext(control, domain, 0, &context);
  if (result) return result;
  cpu_user_regs_x86_64_t *to = &context.x64.user_regs;
#define PVH_SET(index, name) to->name = registers->general[index];
  PVH_EACH_GENERAL(PVH_SET)
#undef PVH_SET
  to->rip = registers->instruction;
  to->rflags = registers->flags;
  memcpy(&context.x64.fpu_ctxt, registers->floating, sizeof registers->floating);
  return xc_vcpu_setcontext(control, domain, 0, &context);
}

// The tables that vCPU 0 uses.
static inline int pvh_get_tables(xc_interface *control, uint32_t domain,
                                 struct pvh_tables *tables) {
  HVM_SAVE_TYPE(CPU) cpu;
  int result = xc_domain_hvm_getcontext_partial(control, domain, HVM_SAVE_CODE(CPU), 0, &cpu,
                                                sizeof cpu);
  if (result) return result;
  *tables = (struct pvh_tables){cpu.cr0, cpu.cr3, cpu.cr4, cpu.msr_efer, cpu.idtr_base,
                                cpu.idtr_limit};
  return 0;
}

// The time-stamp counter as vCPU 0 would read it now. Only a whole context has the present one: it is a
// sequence of records, each behind a descriptor with its type and its length.
static inline int pvh_get_counter(xc_interface *control, uint32_t domain, uint64_t *counter) {
  int room = xc_domain_hvm_getcontext(control, domain, NULL, 0);
  if (room <= 0) return -1;
  uint8_t *context = malloc(room);
  if (!context) return -1;
  int size = xc_domain_hvm_getcontext(control, domain, context, room), result = -1;
  struct hvm_save_descriptor record;
  for (long place = 0; place + (long)sizeof record <= size; place += sizeof record + record.length) {
    memcpy(&record, context + place, sizeof record);
    HVM_SAVE_TYPE(CPU) cpu;
    if (record.typecode != HVM_SAVE_CODE(CPU) || record.instance != 0) continue;
    if (record.length < sizeof cpu || place + (long)(sizeof record + sizeof cpu) > size) break;
    memcpy(&cpu, context + place + sizeof record, sizeof cpu);
    *counter = cpu.tsc;
    result = 0;
    break;
  }
  free(context);
  return result;
}

#endif
