// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension ProgramGroup {
  /// What threads would share; a guest has one, and the same code.
  public static let atomics = ProgramGroup(
    "atomics",
    [
      Program("counters", counters),
      Program("compare and exchange", compareAndExchange),
      Program("things made once", thingsMadeOnce),
    ])
}

private let shared = Atomic<Int>(5)

private func counters() {
  let counter = Atomic<UInt32>(0)
  for _ in 0..<10 { counter.wrappingAdd(3, ordering: .relaxed) }
  print(
    counter.load(ordering: .acquiring), counter.wrappingSubtract(1, ordering: .relaxed).newValue)
  shared.store(shared.load(ordering: .relaxed) + 1, ordering: .releasing)
  print(shared.load(ordering: .relaxed), counter.bitwiseOr(64, ordering: .relaxed).newValue)
  let flag = Atomic<Bool>(false)
  print(flag.exchange(true, ordering: .relaxed), flag.load(ordering: .relaxed))
}

private func compareAndExchange() {
  let place = Atomic<Int>(10)
  let first = place.compareExchange(expected: 10, desired: 11, ordering: .relaxed)
  let second = place.compareExchange(expected: 10, desired: 12, ordering: .relaxed)
  print(first.exchanged, first.original, second.exchanged, second.original)
  print(place.min(3, ordering: .relaxed).newValue, place.max(8, ordering: .relaxed).newValue)
  atomicMemoryFence(ordering: .sequentiallyConsistent)
}

private final class Registry: Sendable {
  static let only = Registry()
  let number: Int
  private init() {
    print("made once")
    number = 3
  }
}

private func thingsMadeOnce() {
  print("before")
  print(Registry.only.number, Registry.only.number)
}
