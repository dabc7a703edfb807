// SPDX-License-Identifier: Apache-2.0

public import NetWire

/// A port of UDP, and the datagrams that came for it.
public final class DatagramPort {
  /// Datagrams that wait to be taken, at most; what comes then is dropped.
  public static var queueLimit: Int { 64 }
  /// Bytes of them all.
  private static var byteLimit: Int { 128 << 10 }

  public let number: UInt16
  private var queue: [Datagram] = []
  private var held = 0
  public private(set) var isOpen = true
  /// Datagrams for which there was no room.
  public private(set) var drops = 0
  /// Endpoints of which the network, or somebody who says so, tells that nobody is there; at most one is kept.
  private var refusal: NetEndpoint?

  init(_ number: UInt16) { self.number = number }

  /// Whether there is something to take.
  public var isReadable: Bool { !queue.isEmpty }

  /// Takes the oldest datagram; nil if there is none.
  public func take() -> Datagram? {
    guard !queue.isEmpty else { return nil }
    let datagram = queue.removeFirst()
    held -= datagram.bytes.count
    return datagram
  }

  /// Takes the endpoint that a datagram of ours did not reach; nil if there is none.
  public func takeRefusal() -> NetEndpoint? {
    defer { refusal = nil }
    return refusal
  }

  func add(_ datagram: Datagram) {
    guard queue.count < Self.queueLimit, held + datagram.bytes.count <= Self.byteLimit else {
      return drops += 1
    }
    queue.append(datagram)
    held += datagram.bytes.count
  }

  func refuse(_ endpoint: NetEndpoint) { refusal = endpoint }

  func close() {
    isOpen = false
    queue = []
    held = 0
  }
}

/// What came by UDP.
public struct Datagram: Equatable, Sendable {
  public let bytes: [UInt8]
  public let sender: NetEndpoint

  public init(_ bytes: [UInt8], from sender: NetEndpoint) {
    self.bytes = bytes
    self.sender = sender
  }
}
