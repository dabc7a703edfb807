// SPDX-License-Identifier: Apache-2.0

/// Offsets in the shared info page, which Xen itself writes to, for a 64-bit guest.
/// C name: `struct shared_info` in `xen/include/public/xen.h`.
public enum SharedInfoLayout {
  /// Bytes from one virtual CPU's `vcpu_info` to the next.
  public static var vcpuStride: Int { 64 }
  /// Virtual CPUs that have their `vcpu_info` here. C name: `XEN_LEGACY_MAX_VCPUS`.
  public static var vcpuCount: Int { 32 }
  /// A set bit for each event that was sent and not yet handled. C name: `evtchn_pending`.
  public static var pending: Range<Int> { 2048..<2560 }
  /// A set bit for each port that raises no upcall. C name: `evtchn_mask`.
  public static var masked: Range<Int> { 2560..<3072 }
  /// Odd while Xen changes the wall clock. C name: `wc_version`.
  public static var wallClockVersion: Int { 3072 }
  /// Seconds since 1970 at system time 0, the lower half. C name: `wc_sec`.
  public static var wallClockSeconds: Int { 3076 }
  /// Nanoseconds on top of the seconds. C name: `wc_nsec`.
  public static var wallClockNanoseconds: Int { 3080 }
  /// The upper half of the seconds. C name: `wc_sec_hi`.
  public static var wallClockSecondsHigh: Int { 3084 }
}

/// Offsets in one `vcpu_info`. C name: `struct vcpu_info`.
public enum VCPUInfoLayout {
  /// Non-zero when an upcall is wanted, one byte. C name: `evtchn_upcall_pending`.
  public static var upcallPending: Int { 0 }
  /// A set bit for each word of `pending` worth a look. C name: `evtchn_pending_sel`.
  public static var pendingSelector: Int { 8 }
  /// The clock, a `vcpu_time_info`. C name: `time`.
  public static var time: Int { 32 }
}

/// Offsets in one `vcpu_time_info`, the paravirtual clock. C name: `struct vcpu_time_info`.
public enum VCPUTimeLayout {
  /// Odd while Xen changes the rest. C name: `version`.
  public static var version: Int { 0 }
  /// The time-stamp counter when `systemTime` was taken. C name: `tsc_timestamp`.
  public static var timestamp: Int { 8 }
  /// Nanoseconds since the host started. C name: `system_time`.
  public static var systemTime: Int { 16 }
  /// 32.32 fixed-point nanoseconds per shifted tick. C name: `tsc_to_system_mul`.
  public static var multiplier: Int { 24 }
  /// Left shift of the tick difference, right if negative. C name: `tsc_shift`.
  public static var shift: Int { 28 }
}
