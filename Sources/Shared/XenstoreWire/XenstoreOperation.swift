// SPDX-License-Identifier: Apache-2.0

/// What a xenstore message asks or answers. C names: `XS_*` in `io/xs_wire.h`.
public struct XenstoreOperation: RawRepresentable, Hashable, Sendable {
  /// The number in the header's type field.
  public var rawValue: UInt32

  /// Wraps a type received from xenstored.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Lists a node's children. C name: `XS_DIRECTORY`.
  public static var list: XenstoreOperation { XenstoreOperation(rawValue: 1) }
  /// Reads a node's value. C name: `XS_READ`.
  public static var read: XenstoreOperation { XenstoreOperation(rawValue: 2) }
  /// Reads a node's permissions. C name: `XS_GET_PERMS`.
  public static var permissions: XenstoreOperation { XenstoreOperation(rawValue: 3) }
  /// Registers a watch. C name: `XS_WATCH`.
  public static var watch: XenstoreOperation { XenstoreOperation(rawValue: 4) }
  /// Removes a watch. C name: `XS_UNWATCH`.
  public static var unwatch: XenstoreOperation { XenstoreOperation(rawValue: 5) }
  /// Opens a transaction. C name: `XS_TRANSACTION_START`.
  public static var startTransaction: XenstoreOperation { XenstoreOperation(rawValue: 6) }
  /// Commits or gives up a transaction. C name: `XS_TRANSACTION_END`.
  public static var endTransaction: XenstoreOperation { XenstoreOperation(rawValue: 7) }
  /// Tells xenstored of a new domain. C name: `XS_INTRODUCE`.
  public static var introduce: XenstoreOperation { XenstoreOperation(rawValue: 8) }
  /// Sets a node's value. C name: `XS_WRITE`.
  public static var write: XenstoreOperation { XenstoreOperation(rawValue: 11) }
  /// Makes a node. C name: `XS_MKDIR`.
  public static var make: XenstoreOperation { XenstoreOperation(rawValue: 12) }
  /// Removes a node and all below it. C name: `XS_RM`.
  public static var remove: XenstoreOperation { XenstoreOperation(rawValue: 13) }
  /// Sets a node's permissions. C name: `XS_SET_PERMS`.
  public static var setPermissions: XenstoreOperation { XenstoreOperation(rawValue: 14) }
  /// A watch has fired; never a reply. C name: `XS_WATCH_EVENT`.
  public static var watchEvent: XenstoreOperation { XenstoreOperation(rawValue: 15) }
  /// The request failed; the payload is an errno name. C name: `XS_ERROR`.
  public static var error: XenstoreOperation { XenstoreOperation(rawValue: 16) }
  /// Removes all watches and transactions of the client. C name: `XS_RESET_WATCHES`.
  public static var reset: XenstoreOperation { XenstoreOperation(rawValue: 21) }
  /// Lists a part of a node's children. C name: `XS_DIRECTORY_PART`.
  public static var listPart: XenstoreOperation { XenstoreOperation(rawValue: 22) }
}
