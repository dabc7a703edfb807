// SPDX-License-Identifier: Apache-2.0

import XenRings

/// What lies in the slots of both rings.
///
/// Source: `struct netif_tx_request`, `struct netif_extra_info` and their neighbours in
/// `xen/include/public/io/netif.h`.
enum NetifWire {
  /// Bytes of a slot for sending: 12 for a request, 4 for a response.
  static var sendSlotSize: Int { 12 }
  /// Bytes of a slot for receiving: 8 for a request, for a response, and for what is added to one.
  static var receiveSlotSize: Int { 8 }
  /// Slots with data that a frame may have. C name: `XEN_NETIF_NR_SLOTS_MIN`.
  static var slotLimit: Int { 18 }
  /// Bytes of a frame that is sent, at most. C name: `XEN_NETIF_MAX_TX_SIZE`.
  static var sendLimit: Int { 65_535 }
  /// Bytes of a frame that is received, at most: a packet of the greatest length, and what Ethernet puts before
  /// it with a tag.
  static var receiveLimit: Int { 65_535 + 18 }
  /// Bytes of an Ethernet header: no frame has fewer.
  static var headerSize: Int { 14 }

  /// Writes a request to send bytes from the beginning of a page. The size in the first slot of a frame is that
  /// of the whole frame, in others that of the slot.
  static func writeSend(
    to slot: RingSlot, page: UInt32, flags: SendFlags, id: UInt16, size: Int
  ) {
    slot.store(page, at: 0)
    slot.store(UInt32(flags.rawValue) << 16, at: 4)
    slot.store(UInt32(id) | UInt32(size) << 16, at: 8)
  }

  /// Writes what follows the first slot of a frame that is to be cut into segments.
  static func writeSegmentation(to slot: RingSlot, size: UInt16, isIPv6: Bool) {
    slot.store(UInt32(ExtraType.segmentation) | UInt32(size) << 16, at: 0)
    slot.store(UInt32(isIPv6 ? 2 : 1), at: 4)
    slot.store(UInt32(0), at: 8)
  }

  /// Writes a request for a buffer to receive into.
  static func writeReceive(to slot: RingSlot, page: UInt32, id: UInt16) {
    slot.store(UInt32(id), at: 0)
    slot.store(page, at: 4)
  }
}

/// What a slot of a frame that is sent says. C names: `NETTXF_*`.
struct SendFlags: OptionSet {
  let rawValue: UInt16

  /// The checksum's field has the sum of the pseudo-header only.
  static var isBlank: SendFlags { SendFlags(rawValue: 1) }
  /// Nobody has to look whether the checksum is right.
  static var isVerified: SendFlags { SendFlags(rawValue: 2) }
  static var hasMore: SendFlags { SendFlags(rawValue: 4) }
  static var hasExtra: SendFlags { SendFlags(rawValue: 8) }
}

/// What a slot of a frame that was received says. C names: `NETRXF_*`.
struct ReceiveFlags: OptionSet {
  let rawValue: UInt16

  static var isVerified: ReceiveFlags { ReceiveFlags(rawValue: 1) }
  static var isBlank: ReceiveFlags { ReceiveFlags(rawValue: 2) }
  static var hasMore: ReceiveFlags { ReceiveFlags(rawValue: 4) }
  static var hasExtra: ReceiveFlags { ReceiveFlags(rawValue: 8) }
  /// An older way to say how long segments are, for which nobody asks. C name: `NETRXF_gso_prefix`.
  static var hasPrefix: ReceiveFlags { ReceiveFlags(rawValue: 16) }
}

/// Kinds of what may follow a frame's first slot. C names: `XEN_NETIF_EXTRA_TYPE_*`.
enum ExtraType {
  static var segmentation: UInt8 { 1 }
  static var hash: UInt8 { 4 }
}

/// The response to a slot of a frame that was sent, as it was at the one moment when it was looked at.
struct SendResponse {
  let id: UInt16
  let status: Int16

  /// C name: `NETIF_RSP_OKAY`.
  static var okay: Int16 { 0 }
  /// C name: `NETIF_RSP_DROPPED`.
  static var dropped: Int16 { -2 }
  /// Answers a slot that was no request; its number means nothing. C name: `NETIF_RSP_NULL`.
  static var none: Int16 { 1 }

  init(_ slot: RingSlot) {
    let word = slot.load(0)
    id = UInt16(truncatingIfNeeded: word)
    status = Int16(truncatingIfNeeded: Int32(bitPattern: word) >> 16)
  }
}

/// A slot of the ring for receiving, as it was at the one moment when it was looked at: a response, or what is
/// added to one.
struct ReceivedSlot {
  private let low: UInt32
  private let high: UInt32

  init(_ slot: RingSlot) { (low, high) = (slot.load(0), slot.load(4)) }

  // MARK: A response

  var id: UInt16 { UInt16(truncatingIfNeeded: low) }
  var offset: Int { Int(low >> 16) }
  var flags: ReceiveFlags { ReceiveFlags(rawValue: UInt16(truncatingIfNeeded: high)) }
  /// Bytes in the page, or an error if negative.
  var status: Int { Int(Int32(bitPattern: high) >> 16) }

  // MARK: What is added to one

  var extraType: UInt8 { UInt8(truncatingIfNeeded: low) }
  /// C name: `XEN_NETIF_EXTRA_FLAG_MORE`.
  var hasMoreExtras: Bool { low >> 8 & 1 == 1 }
  var segmentSize: Int { Int(low >> 16) }
  /// What is to be cut into segments: 1 and 2 are TCP of IPv4 and of IPv6. C names: `XEN_NETIF_GSO_TYPE_*`.
  var segmentType: UInt8 { UInt8(truncatingIfNeeded: high) }
}
