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
