// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenRings
import XenstoreWire

/// Requests as they lie in the ring, in the 64-bit form.
///
/// Source: `struct blkif_request` and its variants in `xen/include/public/io/blkif.h`.
enum BlockWire {
  /// Bytes of a slot: 112 for a request, 16 for a response.
  static var slotSize: Int { 112 }
  /// The 64-bit form's name in the `protocol` node. C name: `XEN_IO_PROTO_ABI_X86_64`.
  static var form: [UInt8] { [UInt8](text: "x86_64-abi") }
  /// C name: `BLKIF_OP_INDIRECT`.
  static var indirect: UInt8 { 6 }
  /// C name: `BLKIF_RSP_EOPNOTSUPP`.
  static var notSupported: Int16 { -2 }
  /// Where the segments of a direct request begin.
  static var segments: Int { 24 }

  static func carriesData(_ operation: BlockOperation) -> Bool {
    operation == .read || operation == .write
  }

  /// A segment from a page's beginning on: C name `struct blkif_request_segment`.
  static func segment(_ reference: UInt32, lastUnit: Int) -> UInt64 {
    UInt64(reference) | UInt64(lastUnit) << 40
  }

  /// Writes all of a read or a write but the segments, which are in the slot, or in the page `list`.
  static func writeTransfer(
    to slot: RingSlot, _ operation: BlockOperation, id: UInt64, handle: UInt32, unit: UInt64,
    pageCount: Int, list: UInt32?
  ) {
    slot.store(id, at: 8)
    slot.store(unit, at: 16)
    guard let list else {
      slot.store(UInt32(operation.rawValue) | UInt32(pageCount) << 8 | handle << 16, at: 0)
      return
    }
    slot.store(
      UInt32(indirect) | UInt32(operation.rawValue) << 8 | UInt32(pageCount) << 16, at: 0)
    slot.store(handle, at: 24)
    slot.store(list, at: 28)
  }

  static func writeFlush(to slot: RingSlot, id: UInt64, handle: UInt32) {
    slot.store(UInt32(BlockOperation.flush.rawValue) | handle << 16, at: 0)
    slot.store(id, at: 8)
    slot.store(UInt64(0), at: 16)
  }

  static func writeDiscard(
    to slot: RingSlot, id: UInt64, handle: UInt32, unit: UInt64, count: UInt64
  ) {
    slot.store(UInt32(BlockOperation.discard.rawValue) | handle << 16, at: 0)
    slot.store(id, at: 8)
    slot.store(unit, at: 16)
    slot.store(count, at: 24)
  }
}

/// A response, as it was at the one moment when it was looked at.
struct BlockResponse: Equatable {
  let id: UInt64
  let operation: UInt8
  let status: Int16

  init(_ slot: RingSlot) {
    id = UInt64(slot.load(0)) | UInt64(slot.load(4)) << 32
    let word = slot.load(8)
    operation = UInt8(truncatingIfNeeded: word)
    status = Int16(truncatingIfNeeded: Int32(bitPattern: word) >> 16)
  }
}
