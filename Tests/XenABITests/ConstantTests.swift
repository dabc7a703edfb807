// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenABI

/// Numbers that both sides must agree on, against the installed headers.
@Suite struct Constants {
  @Test(arguments: [
    (HypercallNumber.memory, __HYPERVISOR_memory_op),
    (.setTimer, __HYPERVISOR_set_timer_op),
    (.version, __HYPERVISOR_xen_version),
    (.vcpu, __HYPERVISOR_vcpu_op),
    (.scheduler, __HYPERVISOR_sched_op),
    (.eventChannel, __HYPERVISOR_event_channel_op),
    (.hvm, __HYPERVISOR_hvm_op),
    (.grantTable, __HYPERVISOR_grant_table_op),
  ])
  func hypercallNumbersAreXens(ours: HypercallNumber, xens: Int32) {
    #expect(ours.rawValue == UInt32(xens))
  }

  @Test(arguments: [
    (HypercallOperation.addToPhysmap, XENMEM_add_to_physmap),
    (HypercallOperation.memoryMap, XENMEM_memory_map),
    (HypercallOperation.yield, SCHEDOP_yield),
    (HypercallOperation.shutdown, SCHEDOP_shutdown),
    (HypercallOperation.poll, SCHEDOP_poll),
    (HypercallOperation.connect, EVTCHNOP_bind_interdomain),
    (HypercallOperation.bindVIRQ, EVTCHNOP_bind_virq),
    (HypercallOperation.close, EVTCHNOP_close),
    (HypercallOperation.send, EVTCHNOP_send),
    (HypercallOperation.allocateUnbound, EVTCHNOP_alloc_unbound),
    (HypercallOperation.unmask, EVTCHNOP_unmask),
    (HypercallOperation.setParameter, HVMOP_set_param),
    (HypercallOperation.getParameter, HVMOP_get_param),
    (HypercallOperation.setUpcallVector, HVMOP_set_evtchn_upcall_vector),
    (HypercallOperation.mapGrant, GNTTABOP_map_grant_ref),
    (HypercallOperation.unmapGrant, GNTTABOP_unmap_grant_ref),
  ])
  func operationsAreXens(ours: UInt64, xens: Int32) {
    #expect(ours == UInt64(xens))
  }

  @Test(arguments: [
    (HVMParameter.callback, HVM_PARAM_CALLBACK_IRQ),
    (.storeFrame, HVM_PARAM_STORE_PFN),
    (.storePort, HVM_PARAM_STORE_EVTCHN),
    (.consoleFrame, HVM_PARAM_CONSOLE_PFN),
    (.consolePort, HVM_PARAM_CONSOLE_EVTCHN),
  ])
  func parametersAreXens(ours: HVMParameter, xens: Int32) {
    #expect(ours.rawValue == UInt32(xens))
  }

  @Test(arguments: [
    (ShutdownReason.powerOff, SHUTDOWN_poweroff),
    (.reboot, SHUTDOWN_reboot),
    (.suspend, SHUTDOWN_suspend),
    (.crash, SHUTDOWN_crash),
  ])
  func shutdownReasonsAreXens(ours: ShutdownReason, xens: Int32) {
    #expect(ours.rawValue == UInt32(xens))
  }

  @Test(arguments: [
    (HypercallError.notPermitted, XEN_EPERM),
    (.exists, XEN_EEXIST),
    (.invalidArgument, XEN_EINVAL),
    (.notImplemented, XEN_ENOSYS),
  ])
  func errorsAreXens(ours: HypercallError, xens: xen_errno) {
    #expect(ours.rawValue == Int32(xens.rawValue))
  }

  @Test func singleNumbersAreXens() {
    #expect(UInt64(DomainID.own.rawValue) == c_domid_self)
    #expect(1 << PageLayout.shift == PageLayout.size)
    #expect(MapSpace.sharedInfo == UInt32(XENMAPSPACE_shared_info))
    #expect(MapSpace.grantTable == UInt32(XENMAPSPACE_grant_table))
    #expect(VirtualInterrupt.timer.rawValue == UInt32(VIRQ_TIMER))
    #expect(XenNoteType.virtBase.rawValue == UInt32(XEN_ELFNOTE_VIRT_BASE))
    #expect(XenNoteType.paddrOffset.rawValue == UInt32(XEN_ELFNOTE_PADDR_OFFSET))
    #expect(XenNoteType.bsdSymbols.rawValue == UInt32(XEN_ELFNOTE_BSD_SYMTAB))
    #expect(XenNoteType.initP2M.rawValue == UInt32(XEN_ELFNOTE_INIT_P2M))
    #expect(XenNoteType.guestOS.rawValue == UInt32(XEN_ELFNOTE_GUEST_OS))
    #expect(XenNoteType.features.rawValue == UInt32(XEN_ELFNOTE_FEATURES))
    #expect(XenNoteType.pvhEntry.rawValue == UInt32(XEN_ELFNOTE_PHYS32_ENTRY))
  }
}
