// SPDX-License-Identifier: Apache-2.0

import CAllocation
import GuestRuntime

/// Memory above 4 GiB, of a domain whose memory Xen gives it on demand: only a few pages are touched.
enum HighMemory {
  static func check(_ guest: borrowing Guest) throws(GuestError) {
    try guest.xenstore.set("data/capacity", to: "\(guest.memory.heap.capacity)")
    var isHigh = false
    while let block = c_malloc(256 << 20) {
      let last = block + (256 << 20) - 8
      block.storeBytes(of: UInt(bitPattern: block), as: UInt.self)
      last.storeBytes(of: UInt(bitPattern: last), as: UInt.self)
      try require(block.load(as: UInt.self) == UInt(bitPattern: block), "the first word is lost")
      try require(last.load(as: UInt.self) == UInt(bitPattern: last), "the last word is lost")
      if UInt(bitPattern: block) >= 1 << 32 { isHigh = true }
    }
    try require(isHigh, "no block was above 4 GiB")
    try guest.xenstore.set("data/high", to: "yes")
  }
}
