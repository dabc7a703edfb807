// SPDX-License-Identifier: Apache-2.0

/// The name of an error as xenstored sends it: known ones can be compared, unknown ones are kept.
///
/// C names: `xsd_errors` in `io/xs_wire.h`.
public struct XenstoreErrorName: Equatable, Sendable {
  /// The name's bytes, without the NUL.
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
}
