// SPDX-License-Identifier: Apache-2.0

import XenNet

/// A frame, and what is said of it.
struct NetFrame: Equatable {
  var bytes: [UInt8]
  var isBlank = false
  var isVerified = false
  var segmentSize = 0
  var isIPv6 = false

  /// A frame with some content, which is different for each seed.
  static func sample(_ count: Int, _ seed: Int = 1) -> NetFrame {
    let start = seed * 61 % (1 << 16)
    return NetFrame(bytes: Array(noise[start..<start + count]))
  }

  /// The same with a segment size.
  func inSegments(_ size: Int, isIPv6: Bool = false) -> NetFrame {
    var frame = self
    (frame.segmentSize, frame.isIPv6) = (size, isIPv6)
    (frame.isBlank, frame.isVerified) = (true, true)
    return frame
  }

  /// The same with a checksum that is to be completed.
  var blank: NetFrame {
    var frame = self
    (frame.isBlank, frame.isVerified) = (true, true)
    return frame
  }

  var offload: NetOffload {
    NetOffload(isBlank: isBlank, segmentSize: UInt16(segmentSize), isIPv6: isIPv6)
  }
}

private let noise: [UInt8] = {
  var state: UInt32 = 1
  return (0..<3 << 16).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}()

/// A slot of the ring for sending, as a backend reads it. Source: `xen/include/public/io/netif.h`.
struct SendSlot {
  let reference: UInt32
  let offset: Int
  let flags: UInt16
  let id: UInt16
  let size: Int

  init(_ slot: UnsafeMutableRawPointer) {
    reference = slot.load(as: UInt32.self)
    offset = Int(slot.load(fromByteOffset: 4, as: UInt16.self))
    flags = slot.load(fromByteOffset: 6, as: UInt16.self)
    id = slot.load(fromByteOffset: 8, as: UInt16.self)
    size = Int(slot.load(fromByteOffset: 10, as: UInt16.self))
  }

  var isBlank: Bool { flags & 1 != 0 }
  var isVerified: Bool { flags & 2 != 0 }
  var hasMore: Bool { flags & 4 != 0 }
  var hasExtra: Bool { flags & 8 != 0 }
}

/// A frame that a backend has taken and not answered.
struct HeldFrame {
  var frame: NetFrame
  /// Numbers of its slots, the first one first, their pages, and what of each page is the frame's.
  var ids: [UInt16] = []
  var references: [UInt32] = []
  var places: [(page: UnsafeMutableRawPointer, range: Range<Int>)] = []
  var hasExtra = false

  /// What is in the pages now.
  var content: [UInt8] {
    var bytes: [UInt8] = []
    for (page, range) in places {
      bytes += UnsafeRawBufferPointer(start: page + range.lowerBound, count: range.count)
    }
    return bytes
  }
}
