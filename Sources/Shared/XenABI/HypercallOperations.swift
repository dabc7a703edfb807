// SPDX-License-Identifier: Apache-2.0

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
  /// Clears a port's mask bit, and raises what came meanwhile. C name: `EVTCHNOP_unmask`.
  public static var unmask: UInt64 { 9 }
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
