// SPDX-License-Identifier: Apache-2.0

/// Which hypercall is issued (in RAX). C names: `__HYPERVISOR_*` in `xen/include/public/xen.h`.
public struct HypercallNumber: RawRepresentable, Hashable, Sendable {
  /// The index that Xen's hypercall table is entered with.
  public var rawValue: UInt32

  /// Wraps a hypercall index.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Memory operations. C name: `__HYPERVISOR_memory_op`.
  public static var memory: HypercallNumber { HypercallNumber(rawValue: 12) }
  /// The single-shot timer. C name: `__HYPERVISOR_set_timer_op`.
  public static var setTimer: HypercallNumber { HypercallNumber(rawValue: 15) }
  /// Version and build queries. C name: `__HYPERVISOR_xen_version`.
  public static var version: HypercallNumber { HypercallNumber(rawValue: 17) }
  /// Grants of pages. C name: `__HYPERVISOR_grant_table_op`.
  public static var grantTable: HypercallNumber { HypercallNumber(rawValue: 20) }
  /// Virtual CPU operations. C name: `__HYPERVISOR_vcpu_op`.
  public static var vcpu: HypercallNumber { HypercallNumber(rawValue: 24) }
  /// Scheduler operations: yield, poll, shutdown. C name: `__HYPERVISOR_sched_op`.
  public static var scheduler: HypercallNumber { HypercallNumber(rawValue: 29) }
  /// Event channel operations. C name: `__HYPERVISOR_event_channel_op`.
  public static var eventChannel: HypercallNumber { HypercallNumber(rawValue: 32) }
  /// HVM operations: parameters, upcall vectors. C name: `__HYPERVISOR_hvm_op`.
  public static var hvm: HypercallNumber { HypercallNumber(rawValue: 34) }
}

/// An error number that a hypercall returned, positive. C names: `XEN_E*` in `errno.h`.
public struct HypercallError: Error, RawRepresentable, Hashable, Sendable {
  /// The errno value: 1 is EPERM, 22 is EINVAL, 38 is ENOSYS.
  public var rawValue: Int32

  /// Wraps an errno value that Xen returned.
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The caller may not do this. C name: `XEN_EPERM`.
  public static var notPermitted: HypercallError { HypercallError(rawValue: 1) }
  /// What is to be bound is bound already. C name: `XEN_EEXIST`.
  public static var exists: HypercallError { HypercallError(rawValue: 17) }
  /// An argument is out of range. C name: `XEN_EINVAL`.
  public static var invalidArgument: HypercallError { HypercallError(rawValue: 22) }
  /// This Xen does not have the hypercall. C name: `XEN_ENOSYS`.
  public static var notImplemented: HypercallError { HypercallError(rawValue: 38) }
}

/// Operations of the hypercalls that multiplex (first argument).
public enum HypercallOperation {
  /// Maps a Xen page into the guest. C name: `XENMEM_add_to_physmap`.
  public static var addToPhysmap: UInt64 { 7 }
  /// Reads the memory map. C name: `XENMEM_memory_map`.
  public static var memoryMap: UInt64 { 9 }
  /// Gives up the CPU for a moment. C name: `SCHEDOP_yield`.
  public static var yield: UInt64 { 0 }
  /// Ends the domain. C name: `SCHEDOP_shutdown`.
  public static var shutdown: UInt64 { 2 }
  /// Sleeps until one of some ports is pending. C name: `SCHEDOP_poll`.
  public static var poll: UInt64 { 3 }
  /// Makes a channel to a port of another domain. C name: `EVTCHNOP_bind_interdomain`.
  public static var connect: UInt64 { 0 }
  /// Makes a port for an interrupt of Xen's. C name: `EVTCHNOP_bind_virq`.
  public static var bindVIRQ: UInt64 { 1 }
  /// Frees a port. C name: `EVTCHNOP_close`.
  public static var close: UInt64 { 3 }
  /// Notifies the other end of a port. C name: `EVTCHNOP_send`.
  public static var send: UInt64 { 4 }
  /// Makes a port that another domain may bind to. C name: `EVTCHNOP_alloc_unbound`.
  public static var allocateUnbound: UInt64 { 6 }
  /// Clears a port's mask bit, and raises an event that is pending. C name: `EVTCHNOP_unmask`.
  public static var unmask: UInt64 { 9 }
  /// Maps a page that another domain grants. C name: `GNTTABOP_map_grant_ref`.
  public static var mapGrant: UInt64 { 0 }
  /// Undoes that. C name: `GNTTABOP_unmap_grant_ref`.
  public static var unmapGrant: UInt64 { 1 }
  /// Sets an HVM parameter. C name: `HVMOP_set_param`.
  public static var setParameter: UInt64 { 0 }
  /// Reads an HVM parameter. C name: `HVMOP_get_param`.
  public static var getParameter: UInt64 { 1 }
  /// Chooses the vector of a virtual CPU's upcalls. C name: `HVMOP_set_evtchn_upcall_vector`.
  public static var setUpcallVector: UInt64 { 23 }
}

/// Sources of pages for `XENMEM_add_to_physmap`. C names: `XENMAPSPACE_*`.
public enum MapSpace {
  /// The domain's shared info page. C name: `XENMAPSPACE_shared_info`.
  public static var sharedInfo: UInt32 { 0 }
  /// A frame of the grant table. C name: `XENMAPSPACE_grant_table`.
  public static var grantTable: UInt32 { 1 }
}

/// Why a domain shut down, as the toolstack sees it. C names: `SHUTDOWN_*` in `sched.h`.
public struct ShutdownReason: RawRepresentable, Hashable, Sendable {
  /// The code that Xen keeps for the domain.
  public var rawValue: UInt32

  /// Wraps a reason received from Xen.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The guest has finished. C name: `SHUTDOWN_poweroff`.
  public static var powerOff: ShutdownReason { ShutdownReason(rawValue: 0) }
  /// The guest wants to be started again. C name: `SHUTDOWN_reboot`.
  public static var reboot: ShutdownReason { ShutdownReason(rawValue: 1) }
  /// The guest may be saved. C name: `SHUTDOWN_suspend`.
  public static var suspend: ShutdownReason { ShutdownReason(rawValue: 2) }
  /// The guest has crashed. C name: `SHUTDOWN_crash`.
  public static var crash: ShutdownReason { ShutdownReason(rawValue: 3) }
}

/// A per-domain value kept by Xen, the way a PVH guest finds its console and xenstore.
/// C names: `HVM_PARAM_*` in `xen/include/public/hvm/params.h`.
public struct HVMParameter: RawRepresentable, Hashable, Sendable {
  /// The parameter's index.
  public var rawValue: UInt32

  /// Wraps a parameter index.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// How Xen tells the domain of events. C name: `HVM_PARAM_CALLBACK_IRQ`.
  public static var callback: HVMParameter { HVMParameter(rawValue: 0) }
  /// Frame of the xenstore page. C name: `HVM_PARAM_STORE_PFN`.
  public static var storeFrame: HVMParameter { HVMParameter(rawValue: 1) }
  /// Local port of xenstored's channel. C name: `HVM_PARAM_STORE_EVTCHN`.
  public static var storePort: HVMParameter { HVMParameter(rawValue: 2) }
  /// Frame of the console page. C name: `HVM_PARAM_CONSOLE_PFN`.
  public static var consoleFrame: HVMParameter { HVMParameter(rawValue: 17) }
  /// Local port of the console daemon's channel. C name: `HVM_PARAM_CONSOLE_EVTCHN`.
  public static var consolePort: HVMParameter { HVMParameter(rawValue: 18) }
}
