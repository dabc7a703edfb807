// SPDX-License-Identifier: Apache-2.0

package import XenFrontends
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

extension GuestError {
  /// What went wrong with which node.
  package init(_ error: XenstoreError, _ action: StaticString, _ path: GuestText) {
    self.init("xenstore: \(GuestText(action)) \(path): \(GuestText(error))")
    if case .refused(let name?) = error { refusal = XenstoreRefusal(name) }
  }
}

extension GuestText {
  /// An error in words, or by the name that xenstored gave it.
  init(_ error: XenstoreError) {
    switch error {
    case .refused(let name?): self = "\(name.bytes)"
    case .refused(nil): self = "refused"
    case .timedOut: self = "no answer"
    case .tooLong(let count): self = "\(count) bytes are more than xenstored takes"
    case .tooManyRequests: self = "as many requests are under way as xenstored serves"
    case .forgotten: self = "the request is not under way any more"
    case .conflicts: self = "others kept changing the same nodes"
    case .ring: self = "the ring's indices are impossible"
    case .wire: self = "a reply breaks the protocol"
    case .malformedReply: self = "a reply makes no sense"
    case .serverStopped(let code): self = "xenstored stopped serving this domain (\(code))"
    case .cannotReconnect: self = "this xenstored cannot reconnect"
    }
  }
}
