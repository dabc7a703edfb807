// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenstoreWire

/// What an end of a device says in its `state` node, as a decimal number.
///
/// Source: `enum xenbus_state` in `xen/include/public/io/xenbus.h`.
public enum XenbusState: UInt8, Sendable, CaseIterable {
  case unknown = 0
  case initialising = 1
  /// The backend waits for what the frontend has to say.
  case initWait = 2
  /// The frontend has said what the backend needs.
  case initialised = 3
  case connected = 4
  case closing = 5
  case closed = 6
  case reconfiguring = 7
  case reconfigured = 8

  /// The state that a node's value names; `unknown` for nonsense.
  init(_ value: [UInt8]) {
    self =
      value.decimalValue.flatMap { UInt8(exactly: $0) }.flatMap { Self(rawValue: $0) } ?? .unknown
  }

  /// The digits.
  var value: [UInt8] { [UInt8](decimal: UInt64(rawValue)) }
}

/// What a device's nodes say at a moment.
public struct ObservedNodes: Equatable, Sendable {
  /// The frontend's state; nil if the device is not there.
  public var own: XenbusState?
  /// The backend's directory; nil if none is named, or one that its domain does not own.
  public var backendPath: [UInt8]?
  /// The domain that the backend is in.
  public var backendID: UInt16?
  /// The backend's state; nil if there is no backend.
  public var backend: XenbusState?
  /// Whether the toolstack lets the backend stay when the frontend closes.
  public var isOnline: Bool

  public init(
    own: XenbusState? = nil, backendPath: [UInt8]? = nil, backendID: UInt16? = nil,
    backend: XenbusState? = nil, isOnline: Bool = false
  ) {
    self.own = own
    self.backendPath = backendPath
    self.backendID = backendID
    self.backend = backend
    self.isOnline = isOnline
  }
}
