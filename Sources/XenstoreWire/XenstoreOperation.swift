// SPDX-License-Identifier: Apache-2.0

/// What a xenstore message asks or answers. C names: `XS_*` in `io/xs_wire.h`.
public struct XenstoreOperation: RawRepresentable, Hashable, Sendable {
  /// The number in the header's type field.
  public var rawValue: UInt32

  /// Wraps a type received from xenstored.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Sets a node's value. C name: `XS_WRITE`.
  public static var write: XenstoreOperation { XenstoreOperation(rawValue: 11) }
  /// A watch has fired; never a reply. C name: `XS_WATCH_EVENT`.
  public static var watchEvent: XenstoreOperation { XenstoreOperation(rawValue: 15) }
  /// The request failed; the payload is an errno name. C name: `XS_ERROR`.
  public static var error: XenstoreOperation { XenstoreOperation(rawValue: 16) }
}
