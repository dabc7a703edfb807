// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenEvents

/// The guest's end of an event channel: one bit, by which two domains wake each other.
public struct EventChannel: Hashable, Sendable {
  let port: EventChannelPort

  /// The local port, which the other domain needs to know to connect; from 1 to 4095.
  public var number: UInt32 { port.rawValue }

  init(_ port: EventChannelPort) { self.port = port }

  init(number: UInt32) { port = EventChannelPort(rawValue: number) }
}

extension GuestError {
  /// What went wrong with an event channel.
  init(_ error: EventError) {
    switch error {
    case .notAPort(let port):
      self.init("event channel \(port.rawValue) does not exist: there are 1 to 4095")
    case .handled(let port):
      self.init("event channel \(port.rawValue) has a handler already; unbind that one first")
    case .refused(let error):
      self.init("Xen refuses an event channel operation: error \(error.rawValue)")
    }
  }
}
