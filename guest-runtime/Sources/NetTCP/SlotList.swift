// SPDX-License-Identifier: Apache-2.0

/// Slots in a row, each at most once. Adding, taking the first, and removing any take the same time, however many
/// there are.
struct SlotList {
  private static var none: Int32 { -1 }
  private static var absent: Int32 { -2 }

  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var first = Self.none
  private var last = Self.none

  var isEmpty: Bool { first == Self.none }
  var firstSlot: Int? { first == Self.none ? nil : Int(first) }

  func contains(_ slot: Int) -> Bool { slot < next.count && next[slot] != Self.absent }

  mutating func append(_ slot: Int) {
    while next.count <= slot {
      next.append(Self.absent)
      previous.append(Self.none)
    }
    guard next[slot] == Self.absent else { return }
    next[slot] = Self.none
    previous[slot] = last
    if last == Self.none { first = Int32(slot) } else { next[Int(last)] = Int32(slot) }
    last = Int32(slot)
  }

  mutating func popFirst() -> Int? {
    guard first != Self.none else { return nil }
    let slot = Int(first)
    remove(slot)
    return slot
  }

  mutating func remove(_ slot: Int) {
    guard contains(slot) else { return }
    let (before, behind) = (previous[slot], next[slot])
    if before == Self.none { first = behind } else { next[Int(before)] = behind }
    if behind == Self.none { last = before } else { previous[Int(behind)] = before }
    next[slot] = Self.absent
  }
}

/// Moments at which slots want to be looked at, the first of all at hand. A slot may come up too early, never too
/// late: a deadline that moves back costs nothing until the old one is reached.
struct DeadlineHeap {
  private var heap: [(deadline: UInt64, slot: Int32)] = []
  /// Where each slot is in the heap; -1 if it is not.
  private var places: [Int32] = []

  var first: (deadline: UInt64, slot: Int)? { heap.first.map { ($0.deadline, Int($0.slot)) } }

  /// Sees to it that a slot comes up no later than at a moment.
  mutating func require(_ deadline: UInt64, _ slot: Int) {
    guard deadline != .max else { return }
    while places.count <= slot { places.append(-1) }
    let place = Int(places[slot])
    if place < 0 {
      heap.append((deadline, Int32(slot)))
      places[slot] = Int32(heap.count - 1)
      rise(heap.count - 1)
    } else if deadline < heap[place].deadline {
      heap[place].deadline = deadline
      rise(place)
    }
  }

  /// Takes out a slot whose moment has come.
  mutating func popDue(_ now: UInt64) -> Int? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    remove(Int(first.slot))
    return Int(first.slot)
  }

  mutating func remove(_ slot: Int) {
    guard slot < places.count, places[slot] >= 0 else { return }
    let place = Int(places[slot])
    places[slot] = -1
    let moved = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = moved
    places[Int(moved.slot)] = Int32(place)
    rise(place)
    sink(Int(places[Int(moved.slot)]))
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    heap.swapAt(one, other)
    places[Int(heap[one].slot)] = Int32(one)
    places[Int(heap[other].slot)] = Int32(other)
  }

  private mutating func rise(_ start: Int) {
    var place = start
    while place > 0, heap[place].deadline < heap[(place - 1) / 2].deadline {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  private mutating func sink(_ start: Int) {
    var place = start
    while true {
      var least = place
      for child in (2 * place + 1)...(2 * place + 2)
      where child < heap.count && heap[child].deadline < heap[least].deadline {
        least = child
      }
      guard least != place else { return }
      exchange(place, least)
      place = least
    }
  }
}
