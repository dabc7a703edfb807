// SPDX-License-Identifier: Apache-2.0

/// One end of an event channel, local to a domain. C name: `evtchn_port_t`.
public struct EventChannelPort: RawRepresentable, Hashable, Sendable {
  /// The port number; 0 is never a valid port.
  public var rawValue: UInt32

  /// Wraps a number received from Xen, for example in an HVM parameter.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
}
