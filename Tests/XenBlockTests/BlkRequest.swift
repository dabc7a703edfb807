// SPDX-License-Identifier: Apache-2.0

/// A request as a backend reads it. Source: `xen/include/public/io/blkif.h`, in the 64-bit form.
struct BlkRequest {
  struct Segment: Equatable {
    let reference: UInt32
    let first: UInt8
    let last: UInt8
  }

  /// What is to be done; for a request with a list of pages what it carries.
  let operation: UInt8
  let handle: UInt16
  let id: UInt64
  /// In units of 512 bytes.
  let unit: UInt64
  /// The page that lists the segments, if there is one.
  private(set) var list: UInt32?
  private(set) var segments: [Segment] = []
  private let count: Int
  private var discarded: UInt64 = 0
  var pages: [UnsafeMutableRawPointer] = []

  init(_ slot: UnsafeMutableRawPointer) {
    let raw = slot.load(as: UInt8.self)
    id = slot.load(fromByteOffset: 8, as: UInt64.self)
    unit = slot.load(fromByteOffset: 16, as: UInt64.self)
    if raw == 6 {
      operation = slot.load(fromByteOffset: 1, as: UInt8.self)
      count = Int(slot.load(fromByteOffset: 2, as: UInt16.self))
      handle = slot.load(fromByteOffset: 24, as: UInt16.self)
      list = slot.load(fromByteOffset: 28, as: UInt32.self)
      return
    }
    operation = raw
    handle = slot.load(fromByteOffset: 2, as: UInt16.self)
    count = raw > 1 ? 0 : Int(slot.load(fromByteOffset: 1, as: UInt8.self))
    if raw == 5 { discarded = slot.load(fromByteOffset: 24, as: UInt64.self) }
    segments = (0..<min(count, 11)).map { Segment(slot + 24 + $0 * 8) }
  }

  /// Reads the segments of a list.
  mutating func readSegments(_ list: UnsafeMutableRawPointer) {
    segments = (0..<min(count, 512)).map { Segment(list + $0 * 8) }
  }

  /// Units of 512 bytes.
  var unitCount: UInt64 {
    operation == 5 ? discarded : segments.reduce(0) { $0 + UInt64($1.last) - UInt64($1.first) + 1 }
  }

  /// All pages.
  var references: [UInt32] { segments.map(\.reference) + (list.map { [$0] } ?? []) }
}

extension BlkRequest.Segment {
  fileprivate init(_ place: UnsafeMutableRawPointer) {
    reference = place.load(as: UInt32.self)
    first = place.load(fromByteOffset: 4, as: UInt8.self)
    last = place.load(fromByteOffset: 5, as: UInt8.self)
  }
}

struct BlkResponse {
  var id: UInt64
  var operation: UInt8
  var status: Int16
}
