// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

/// With which error xenstored refused a request; its name is in the error's message.
///
/// C names: `xsd_errors` in `io/xs_wire.h`.
public enum XenstoreRefusal: Sendable {
  /// There is no such node. C name: `ENOENT`.
  case notFound
  /// The node may not be accessed in this way. C name: `EACCES`.
  case denied
  /// There is one already. C name: `EEXIST`.
  case exists
  /// The request makes no sense to xenstored. C name: `EINVAL`.
  case invalid
  /// Others changed the same nodes; all has to be done again. C name: `EAGAIN`.
  case again
  /// A quota of the domain is used up. C name: `ENOSPC`.
  case noSpace
  /// This xenstored does not know the request. C name: `ENOSYS`.
  case notImplemented
  /// Another one, known or not.
  case other

  init(_ name: XenstoreErrorName) {
    switch name {
    case .notFound: self = .notFound
    case .denied: self = .denied
    case .exists: self = .exists
    case .invalid: self = .invalid
    case .again: self = .again
    case .noSpace: self = .noSpace
    case .notImplemented: self = .notImplemented
    default: self = .other
    }
  }
}
