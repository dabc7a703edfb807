// SPDX-License-Identifier: Apache-2.0

/// Offsets in the console page, which xenconsoled shares with the guest.
/// C name: `struct xencons_interface` in `xen/include/public/io/console.h`.
public enum ConsolePageLayout {
  /// Bytes typed by the user: written by xenconsoled. C name: `in`.
  public static var input: Range<Int> { 0..<1024 }
  /// Bytes printed: written by the guest. C name: `out`.
  public static var output: Range<Int> { 1024..<3072 }
  /// Advanced by the guest as it reads input. C name: `in_cons`.
  public static var inputConsumed: Int { 3072 }
  /// Advanced by xenconsoled as it writes input. C name: `in_prod`.
  public static var inputProduced: Int { 3076 }
  /// Advanced by xenconsoled as it reads output. C name: `out_cons`.
  public static var outputConsumed: Int { 3080 }
  /// Advanced by the guest as it writes output. C name: `out_prod`.
  public static var outputProduced: Int { 3084 }
}

/// Offsets in the xenstore page, which xenstored shares with the guest.
/// C name: `struct xenstore_domain_interface` in `xen/include/public/io/xs_wire.h`.
public enum XenstorePageLayout {
  /// Requests: written by the guest. C name: `req`.
  public static var requests: Range<Int> { 0..<1024 }
  /// Replies and watch events: written by xenstored. C name: `rsp`.
  public static var responses: Range<Int> { 1024..<2048 }
  /// Advanced by xenstored as it reads requests. C name: `req_cons`.
  public static var requestsConsumed: Int { 2048 }
  /// Advanced by the guest as it writes requests. C name: `req_prod`.
  public static var requestsProduced: Int { 2052 }
  /// Advanced by the guest as it reads replies. C name: `rsp_cons`.
  public static var responsesConsumed: Int { 2056 }
  /// Advanced by xenstored as it writes replies. C name: `rsp_prod`.
  public static var responsesProduced: Int { 2060 }
  /// What xenstored can do, as bits. C name: `server_features`.
  public static var serverFeatures: Int { 2064 }
  /// 0 when connected, 1 when a reconnection was asked for. C name: `connection`.
  public static var connection: Int { 2068 }
  /// Why xenstored stopped serving this page, 0 if it did not. C name: `error`.
  public static var error: Int { 2072 }
}

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
