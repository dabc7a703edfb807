// SPDX-License-Identifier: Apache-2.0

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
