// SPDX-License-Identifier: Apache-2.0

import XenRings

/// A page with one ring of 1 KiB and both of its ends.
final class SharedPage {
  private let page: UnsafeMutableRawPointer
  var producer: RingProducer
  var consumer: RingConsumer

  private static let produced = 1024
  private static let consumed = 1028

  /// A page whose indices both stand at `index`.
  init(index: UInt32) {
    page = .allocate(byteCount: 4096, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0xaa, count: 4096)
    page.storeBytes(of: index, toByteOffset: Self.produced, as: UInt32.self)
    page.storeBytes(of: index, toByteOffset: Self.consumed, as: UInt32.self)
    producer = RingProducer(
      page: page, range: 0..<1024, produced: Self.produced, consumed: Self.consumed)
    consumer = RingConsumer(
      page: page, range: 0..<1024, produced: Self.produced, consumed: Self.consumed)
  }

  deinit { page.deallocate() }

  /// A peer that may be used on another thread, as long as the page exists.
  var scribbler: Scribbler { Scribbler(page: page) }

  func write(_ bytes: [UInt8]) throws -> Int {
    try bytes.withUnsafeBytes { bytes throws(RingError) in try producer.write(bytes) }
  }

  func read(_ limit: Int) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = try buffer.withUnsafeMutableBytes { buffer throws(RingError) in
      try consumer.read(into: buffer)
    }
    return Array(buffer[..<count])
  }

  func setProduced(_ value: UInt32) {
    page.storeBytes(of: value, toByteOffset: Self.produced, as: UInt32.self)
  }

  func setConsumed(_ value: UInt32) {
    page.storeBytes(of: value, toByteOffset: Self.consumed, as: UInt32.self)
  }
}
