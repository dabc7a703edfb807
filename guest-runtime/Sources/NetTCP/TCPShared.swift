// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What a host and its connections use together.
final class TCPShared {
  let limits: TCPLimits
  let secret: (UInt64, UInt64)
  let budget: BufferBudget
  var numbers: SecretNumbers
  /// Connections that may have something to send.
  var ready = SlotList()
  /// Connections that peers began and did not complete.
  var halfOpen = 0
  var deadlines = DeadlineHeap()
  var statistics = TCPStatistics()
  var mtu: Int
  var offloadsChecksum = false
  var segmentsAtOnce = false
  var offloadsIPv6Checksum = false
  var segmentsIPv6AtOnce = false

  /// Whether somebody behind completes the checksums of segments to a peer.
  func offloadsChecksum(to peer: IPAddress) -> Bool {
    if case .v4 = peer { offloadsChecksum } else { offloadsIPv6Checksum }
  }

  /// Whether somebody behind cuts large segments to a peer.
  func segmentsAtOnce(to peer: IPAddress) -> Bool {
    if case .v4 = peer { segmentsAtOnce } else { segmentsIPv6AtOnce }
  }

  /// Peers that do not answer, for whoever knows the way to them.
  var silentPeers: [IPAddress] = []

  func noteSilence(of address: IPAddress) {
    if silentPeers.count < 8, !silentPeers.contains(address) { silentPeers.append(address) }
  }

  init(secret: (UInt64, UInt64), limits: TCPLimits, mtu: Int) {
    self.limits = limits
    self.secret = secret
    self.mtu = mtu
    budget = BufferBudget(limit: limits.allBuffers)
    numbers = SecretNumbers(secret: (secret.0 ^ 0x7C3D_96A1_5E02_B84F, secret.1))
  }

  /// The first sequence number of a connection: a clock of 4 microseconds, and a secret part for each flow. Source: RFC
  /// 6528.
  func initialNumber(_ flow: TCPFlow, _ now: SystemTime) -> SequenceNumber {
    SequenceNumber(
      UInt32(truncatingIfNeeded: now.rawValue / 4000 &+ flow.hash(secret, 1)))
  }

  /// What the clock of timestamps has more than the time, for a flow. Source: RFC 7323, section 5.4.
  func timestampOffset(_ flow: TCPFlow) -> UInt32 {
    UInt32(truncatingIfNeeded: flow.hash(secret, 2))
  }

  /// By how many bits windows are shifted so that the receive buffer's size fits 16 bits. Source: RFC 7323, section 2.
  var windowShift: UInt8 {
    var shift: UInt8 = 0
    while shift < 14, limits.receiveBuffer >> Int(shift) > 65535 { shift += 1 }
    return shift
  }

  /// The payload of segments that fit the link, without options. Source: RFC 6691.
  func maximumSegment(_ address: IPAddress) -> Int {
    let size = min(mtu, 65535) - Self.headerCount(address)
    return if case .v4 = address { max(88, size) } else { max(68, size) }
  }

  /// Bytes of the headers of IP and TCP, without options.
  static func headerCount(_ address: IPAddress) -> Int {
    if case .v4 = address { 40 } else { 60 }
  }
}
