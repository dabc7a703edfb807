// SPDX-License-Identifier: Apache-2.0

package import XenFrontends
import XenstoreWire

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
