// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenABI

/// Structures that we fill and Xen reads, or the other way round, against the installed headers.
@Suite struct StructureLayouts {
  @Test func startInfoIsXens() {
    typealias C = hvm_start_info
    expectSame(
      StartInfo.self, C.self,
      [
        (\.magic, \.magic), (\.version, \.version), (\.flags, \.flags),
        (\.moduleCount, \.nr_modules), (\.moduleListAddress, \.modlist_paddr),
        (\.commandLineAddress, \.cmdline_paddr), (\.rsdpAddress, \.rsdp_paddr),
        (\.memoryMapAddress, \.memmap_paddr), (\.memoryMapCount, \.memmap_entries),
      ])
    #expect(StartInfo.version0Size == MemoryLayout<C>.offset(of: \.memmap_paddr))
    #expect(StartInfo.expectedMagic == UInt32(bitPattern: Int32(XEN_HVM_START_MAGIC_VALUE)))
  }

  @Test func moduleListEntryIsXens() {
    expectSame(
      ModuleListEntry.self, hvm_modlist_entry.self,
      [
        (\.address, \.paddr), (\.size, \.size), (\.commandLineAddress, \.cmdline_paddr),
      ])
  }

  @Test func memoryMapEntryIsXens() {
    expectSame(
      MemoryMapEntry.self, hvm_memmap_table_entry.self,
      [(\.address, \.addr), (\.size, \.size), (\.kind, \.type)])
    #expect(MemoryMapEntry.ram == UInt32(XEN_HVM_MEMMAP_TYPE_RAM))
  }

  @Test func hypercallArgumentsAreXens() {
    expectSame(
      HVMParameterArgument.self, xen_hvm_param.self,
      [(\.domain, \.domid), (\.index, \.index), (\.value, \.value)])
    expectSame(ShutdownArgument.self, sched_shutdown.self, [(\.reason, \.reason)])
    expectSame(
      PollArgument.self, sched_poll.self,
      [(\.ports, \.ports), (\.portCount, \.nr_ports), (\.timeout, \.timeout)])
    expectSame(
      AddToPhysmapArgument.self, xen_add_to_physmap.self,
      [
        (\.domain, \.domid), (\.size, \.size), (\.space, \.space), (\.index, \.idx),
        (\.frame, \.gpfn),
      ])
    expectSame(
      MemoryMapArgument.self, xen_memory_map.self,
      [(\.entryCount, \.nr_entries), (\.buffer, \.buffer)])
  }

  @Test func grantArgumentsAreXens() {
    expectSame(
      GrantMapArgument.self, gnttab_map_grant_ref.self,
      [
        (\.address, \.host_addr), (\.flags, \.flags), (\.reference, \.ref), (\.domain, \.dom),
        (\.status, \.status), (\.handle, \.handle), (\.deviceAddress, \.dev_bus_addr),
      ])
    expectSame(
      GrantUnmapArgument.self, gnttab_unmap_grant_ref.self,
      [
        (\.address, \.host_addr), (\.deviceAddress, \.dev_bus_addr), (\.handle, \.handle),
        (\.status, \.status),
      ])
    let argument = GrantMapArgument(1, of: .own, at: GuestFrameNumber(rawValue: 2))
    #expect(argument.flags == UInt32(GNTMAP_host_map) && argument.address == 0x2000)
  }

  @Test func eventChannelArgumentsAreXens() {
    expectSame(EventChannelPortArgument.self, evtchn_send.self, [(\.port, \.port)])
    expectSame(EventChannelPortArgument.self, evtchn_close.self, [(\.port, \.port)])
    expectSame(EventChannelPortArgument.self, evtchn_unmask.self, [(\.port, \.port)])
    expectSame(
      EventChannelAllocateArgument.self, evtchn_alloc_unbound.self,
      [(\.domain, \.dom), (\.remoteDomain, \.remote_dom), (\.port, \.port)])
    expectSame(
      EventChannelConnectArgument.self, evtchn_bind_interdomain.self,
      [
        (\.remoteDomain, \.remote_dom), (\.remotePort, \.remote_port), (\.port, \.local_port),
      ])
    expectSame(
      EventChannelVIRQArgument.self, evtchn_bind_virq.self,
      [(\.interrupt, \.virq), (\.vcpu, \.vcpu), (\.port, \.port)])
    #expect(
      MemoryLayout<UpcallVectorArgument>.offset(of: \.vector)
        == MemoryLayout<xen_hvm_evtchn_upcall_vector>.offset(of: \.vector))
  }
}

/// Same size, same stride, and each pair of fields at the same offset.
private func expectSame<Ours, Xens>(
  _ ours: Ours.Type, _ xens: Xens.Type,
  _ fields: [(PartialKeyPath<Ours>, PartialKeyPath<Xens>)]
) {
  #expect(MemoryLayout<Ours>.size == MemoryLayout<Xens>.size, "size of \(ours)")
  for (our, theirs) in fields {
    let offset = MemoryLayout<Ours>.offset(of: our)
    #expect(offset != nil && offset == MemoryLayout<Xens>.offset(of: theirs), "\(our)")
  }
}
