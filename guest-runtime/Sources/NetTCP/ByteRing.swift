// SPDX-License-Identifier: Apache-2.0

import NetWire

/// Bytes in the order of a stream, which come in at the end and go at the beginning. The memory grows on demand: 2 KiB,
/// then doubled up to the limit as long as the budget has some, and goes back when all is empty and memory is scarce.
/// The limit itself grows when a connection turns out to need more.
final class ByteRing {
  private var storage: [UInt8] = []
  private var head = 0
  /// Bytes in order.
  private(set) var count = 0
  /// How many bytes there may be now.
  private(set) var limit: Int
  /// How far the limit may grow.
  private let largest: Int
  private let budget: BufferBudget

  init(limit: Int, largest: Int, budget: BufferBudget) {
    self.limit = min(limit, largest)
    self.largest = largest
    self.budget = budget
  }

  deinit { budget.give(storage.count) }

  /// How many bytes may be added, as long as nobody else takes the memory.
  var room: Int {
    guard storage.count < limit else { return limit - count }
    var size = max(storage.count, BufferBudget.first)
    while size < limit, size * 2 - storage.count <= budget.left { size *= 2 }
    return min(limit, size) - count
  }

  /// Puts bytes behind those in order, which leaves the gap, if there is one, as it is.
  ///
  /// - Returns: how many had room.
  func place(_ bytes: RawSpan, at offset: Int) -> Int {
    grow(to: offset + bytes.byteCount)
    let taken = max(0, min(bytes.byteCount, storage.count - offset))
    guard taken > 0 else { return 0 }
    let start = (head + offset) & (storage.count - 1)
    let first = min(taken, storage.count - start)
    // SAFETY: both parts are within storage, which is no one else's, and within the bytes.
    unsafe bytes.withUnsafeBytes { source in
      unsafe storage.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[start..<(start + first)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<first]))
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<(taken - first)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first..<taken]))
      }
    }
    return taken
  }

  /// Counts bytes that were put in place as in order.
  func extend(by more: Int) {
    count += more
    assert(count <= storage.count)
  }

  func removeFirst(_ gone: Int) {
    guard gone > 0 else { return }
    count -= gone
    head = (head + gone) & (storage.count - 1)
  }

  /// Doubles the limit, unless memory is scarce.
  func widen() {
    if limit < largest, !budget.isScarce { limit = min(largest, limit * 2) }
  }

  /// Gives memory back if there is nothing in order and memory is scarce.
  ///
  /// - Parameter isUnused: whether nothing is placed behind a gap, either.
  func shrinkIfUnused(_ isUnused: Bool = true) {
    if isUnused, count == 0, storage.count > BufferBudget.first, budget.isScarce { clear() }
  }

  /// Forgets everything, and gives the memory back.
  func clear() {
    budget.give(storage.count)
    storage = []
    count = 0
    head = 0
  }

  private func grow(to wanted: Int) {
    guard wanted > storage.count else { return }
    var size = max(BufferBudget.first, storage.count)
    while size < min(wanted, limit) { size *= 2 }
    // A smaller step, if the budget has no more.
    while size > storage.count, !budget.take(size - storage.count, isFirst: storage.isEmpty) {
      size /= 2
    }
    guard size > storage.count else { return }
    var larger = [UInt8](repeating: 0, count: size)
    let old = storage.count
    // SAFETY: what is copied fits, as the larger one has room for both parts.
    unsafe storage.withUnsafeBytes { source in
      unsafe larger.withUnsafeMutableBytes { target in
        unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[head...]))
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[(old - head)...])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<head]))
      }
    }
    storage = larger
    head = 0
  }

  /// Copies bytes out; the target says how many.
  ///
  /// - Precondition: there are that many behind the offset.
  func copy(from offset: Int, into target: UnsafeMutableRawBufferPointer) {
    guard target.count > 0 else { return }
    precondition(offset + target.count <= count)
    let start = (head + offset) & (storage.count - 1)
    let first = min(target.count, storage.count - start)
    // SAFETY: both parts are within storage, and within the target.
    unsafe storage.withUnsafeBytes { source in
      unsafe target.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[start..<(start + first)]))
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[first...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<(target.count - first)]))
    }
  }

  /// Adds bytes to a checksum, behind an even number of bytes.
  func add(from offset: Int, count wanted: Int, to checksum: inout InternetChecksum) {
    guard wanted > 0 else { return }
    let start = (head + offset) & (storage.count - 1)
    let first = min(wanted, storage.count - start)
    var rest = InternetChecksum()
    // SAFETY: the bytes have no padding, and stay where they are for so long.
    unsafe storage.withUnsafeBytes { stored in
      let bytes = unsafe RawSpan(_unsafeBytes: stored)
      checksum.add(bytes.extracting(start..<(start + first)))
      rest.add(bytes.extracting(0..<(wanted - first)))
    }
    guard first < wanted else { return }
    // Behind an odd number of bytes the others have swapped places.
    checksum.add(word: first % 2 == 0 ? rest.sum : rest.sum.byteSwapped)
  }
}

/// How much memory all buffers together may still take.
final class BufferBudget {
  /// What each buffer may have although nothing is left.
  static var first: Int { 2048 }

  private let limit: Int
  private(set) var used = 0

  init(limit: Int) { self.limit = limit }

  var isScarce: Bool { used > limit / 2 }
  var left: Int { max(0, limit - used) }

  func take(_ count: Int, isFirst: Bool) -> Bool {
    guard used + count <= limit || isFirst && count <= Self.first else { return false }
    used += count
    return true
  }

  func give(_ count: Int) { used -= count }
}
