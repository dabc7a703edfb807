// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc
import XenstoreWire

/// Why a request to xenstored came to nothing.
enum XenstoreFailure: Error, Equatable {
  /// xenstored answered with an error: a value of errno.
  case refused(Int32)
  /// xenstored has ended, and the connection with it: a value of errno.
  case ended(Int32)
  /// xenstored gave no answer for so many milliseconds.
  case silent(Int)
  /// What came is no answer.
  case malformed(String)
}

extension ToolstackError {
  /// What it means that a request to xenstored came to nothing.
  ///
  /// After all but a refusal the connection is over, and no other is opened.
  init(xenstoreCall call: String, _ failure: XenstoreFailure) {
    switch failure {
    case .refused(let code):
      self.init(code == ENOMEM ? .outOfMemory : .other, call: call, code: code)
    case .ended(let code):
      self.init(
        .xenUnavailable, call: call, code: code,
        advice: "xenstored has ended since this began; start it, and then repeat the command")
    case .silent(let milliseconds):
      self.init(
        .xenUnavailable,
        "\(call): xenstored does not answer within \(milliseconds) ms: is it stopped, or busy?")
    case .malformed(let what):
      self.init(
        .xenUnavailable,
        "\(call): xenstored breaks its protocol (\(what)): is it xenstored that answers at "
          + "\(XenstoreAddress.standard)?")
    }
  }
}

extension XenstoreErrorName {
  /// C names: `xsd_errors` in `io/xs_wire.h`, and what oxenstored says of its quotas.
  private static let codes: [(name: String, code: Int32)] = [
    ("EINVAL", EINVAL), ("EACCES", EACCES), ("EEXIST", EEXIST), ("EISDIR", EISDIR),
    ("ENOENT", ENOENT), ("ENOMEM", ENOMEM), ("ENOSPC", ENOSPC), ("EIO", EIO),
    ("ENOTEMPTY", ENOTEMPTY), ("ENOSYS", ENOSYS), ("EROFS", EROFS), ("EBUSY", EBUSY),
    ("EAGAIN", EAGAIN), ("EISCONN", EISCONN), ("E2BIG", E2BIG), ("EPERM", EPERM),
    ("EQUOTA", EDQUOT), ("EDOM", EDOM),
  ]

  /// The value of errno that has this name; `EIO` if none has.
  var code: Int32 {
    Self.codes.first { $0.name.utf8.elementsEqual(bytes) }?.code ?? EIO
  }
}
