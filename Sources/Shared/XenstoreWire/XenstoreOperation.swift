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

/// An error as xenstored names it: known ones can be compared, the names of others are kept.
///
/// C names: `xsd_errors` in `io/xs_wire.h`; oxenstored says `EQUOTA` and `EDOM` as well.
public struct XenstoreErrorName: Equatable, Sendable {
  /// The name, without the NUL.
  public let bytes: [UInt8]

  /// The name in an error's payload, which ends with a NUL or not.
  public init(payload: [UInt8]) {
    bytes = Array(payload.prefix { $0 != 0 })
  }

  private init(_ name: StaticString) {
    bytes = (0..<name.utf8CodeUnitCount).map {
      // SAFETY: within the literal's own length.
      unsafe name.utf8Start[$0]
    }
  }

  /// There is no such node.
  public static var notFound: XenstoreErrorName { XenstoreErrorName("ENOENT") }
  /// The node may not be accessed in this way.
  public static var denied: XenstoreErrorName { XenstoreErrorName("EACCES") }
  /// The node, watch or transaction exists.
  public static var exists: XenstoreErrorName { XenstoreErrorName("EEXIST") }
  /// The request makes no sense to xenstored.
  public static var invalid: XenstoreErrorName { XenstoreErrorName("EINVAL") }
  /// The transaction conflicted with another; all of it has to be done again.
  public static var again: XenstoreErrorName { XenstoreErrorName("EAGAIN") }
  /// The answer does not fit into a message.
  public static var tooBig: XenstoreErrorName { XenstoreErrorName("E2BIG") }
  /// A quota of the domain is used up.
  public static var noSpace: XenstoreErrorName { XenstoreErrorName("ENOSPC") }
  /// This xenstored does not know the request.
  public static var notImplemented: XenstoreErrorName { XenstoreErrorName("ENOSYS") }

  /// The value of errno, on Linux as in Xen's `errno.h`; that of `EIO` for a name that is not known.
  public var errno: Int32 {
    let known: [(name: XenstoreErrorName, errno: Int32)] = [
      (.notFound, 2), (.denied, 13), (.exists, 17), (.invalid, 22), (.again, 11), (.tooBig, 7),
      (.noSpace, 28), (.notImplemented, 38), (Self("EPERM"), 1), (Self("EIO"), 5),
      (Self("ENOMEM"), 12), (Self("EBUSY"), 16), (Self("EISDIR"), 21), (Self("EROFS"), 30),
      (Self("EDOM"), 33), (Self("ENOTEMPTY"), 39), (Self("EISCONN"), 106), (Self("EQUOTA"), 122),
    ]
    return known.first { $0.name == self }?.errno ?? 5
  }
}
