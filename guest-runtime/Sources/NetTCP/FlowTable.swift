// SPDX-License-Identifier: Apache-2.0

/// A hash table from the two ends of a connection to what is kept of it. Where something lies is its slot, which
/// stays the same. The hash has a secret, so nobody fills one bucket on purpose.
struct FlowTable<Element> {
  private struct Entry {
    var flow: TCPFlow
    var element: Element
    /// The next slot in the bucket; -1 at the end.
    var next: Int32
  }

  private var entries: [Entry?] = []
  private var free: [Int32] = []
  private var buckets: [Int32]
  private let secret: (UInt64, UInt64)
  private(set) var count = 0

  init(capacity: Int, secret: (UInt64, UInt64)) {
    var size = 16
    while size < capacity { size *= 2 }
    buckets = [Int32](repeating: -1, count: size)
    self.secret = secret
  }

  private func bucket(_ flow: TCPFlow) -> Int {
    Int(truncatingIfNeeded: flow.hash(secret, 0)) & (buckets.count - 1)
  }

  func slot(of flow: TCPFlow) -> Int? {
    var slot = Int(buckets[bucket(flow)])
    while slot >= 0, let entry = entries[slot] {
      if entry.flow == flow { return slot }
      slot = Int(entry.next)
    }
    return nil
  }

  /// - Precondition: the slot is in use.
  subscript(slot: Int) -> Element {
    get {
      guard let entry = entries[slot] else { preconditionFailure("nothing in this slot") }
      return entry.element
    }
    set { entries[slot]?.element = newValue }
  }

  func flow(_ slot: Int) -> TCPFlow? { entries[slot]?.flow }

  /// Adds something, of which there is none with the same flow.
  mutating func insert(_ flow: TCPFlow, _ element: Element) -> Int {
    let place = bucket(flow)
    let entry = Entry(flow: flow, element: element, next: buckets[place])
    count += 1
    if let slot = free.popLast() {
      entries[Int(slot)] = entry
      buckets[place] = slot
      return Int(slot)
    }
    entries.append(entry)
    buckets[place] = Int32(entries.count - 1)
    return entries.count - 1
  }

  mutating func remove(_ slot: Int) {
    guard let gone = entries[slot] else { return }
    let place = bucket(gone.flow)
    if Int(buckets[place]) == slot {
      buckets[place] = gone.next
    } else {
      var before = Int(buckets[place])
      while before >= 0, let entry = entries[before], Int(entry.next) != slot {
        before = Int(entry.next)
      }
      if before >= 0 { entries[before]?.next = gone.next }
    }
    entries[slot] = nil
    free.append(Int32(slot))
    count -= 1
  }

  /// Slots that are or were in use.
  var slots: Range<Int> { 0..<entries.count }

  func isUsed(_ slot: Int) -> Bool { slot < entries.count && entries[slot] != nil }
}
