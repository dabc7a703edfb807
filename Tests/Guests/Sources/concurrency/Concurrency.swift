// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// What a guest with tasks can do, one line for each.
@main
struct Concurrency: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    switch guest.commandLine {
    case "idle": try await Task.sleep(milliseconds: 5000)
    case "throw": throw GuestError("gave up", exitStatus: 7)
    case "lines": await echo(guest.console)
    case "abrupt": try await endsInTheMiddleOfARequest(guest.xenstore)
    case "tidy": try await endsTidily(guest)
    case "stubborn": try await endsStubbornly(guest)
    default: try await everything(guest)
    }
  }

  private func everything(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, store, clock) = (guest.console, guest.xenstore, guest.clock)
    await streamsAndGroups(console)
    await actors(console)
    try await sleepersDoNotHoldEachOther(console, clock)
    await cancellation(console)
    await timeouts(console)
    try await manyRequests(console, store)
    try await changes(console, store)
    try await events(console, guest.events, guest.domainID)
  }

  private func streamsAndGroups(_ console: GuestConsole) async {
    let (stream, input) = AsyncStream<Int>.makeStream()
    let sender = Task {
      for number in 1...100 {
        input.yield(number)
        await Task.yield()
      }
      input.finish()
    }
    var sum = 0
    for await number in stream { sum += number }
    await sender.value
    let product = await withTaskGroup(of: Int.self) { group in
      for number in 1...6 { group.addTask { number } }
      return await group.reduce(1, *)
    }
    console.print("stream: \(sum), group: \(product)\n")
  }

  private func actors(_ console: GuestConsole) async {
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<10 { group.addTask { await counter.add() } }
    }
    async let count = counter.count
    console.print("actor: \(await count)\n")
  }

  private func sleepersDoNotHoldEachOther(
    _ console: GuestConsole, _ clock: GuestClock
  ) async throws(GuestError) {
    let start = clock.nanoseconds
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<200 { group.addTask { try? await Task.sleep(milliseconds: 200) } }
    }
    let elapsed = (clock.nanoseconds - start) / 1_000_000
    console.print(
      "200 sleeps of 200 ms: \(elapsed >= 200 && elapsed < 5000 ? "at once" : "\(elapsed) ms")\n")
  }

  private func cancellation(_ console: GuestConsole) async {
    let sleeper = Task { () -> Bool in
      do throws(GuestError) {
        try await Task.sleep(milliseconds: 3_600_000)
        return false
      } catch {
        return true
      }
    }
    await Task.yield()
    sleeper.cancel()
    console.print("cancelled: \(await sleeper.value ? "yes" : "no")\n")
  }

  private func timeouts(_ console: GuestConsole) async {
    do throws(GuestError) {
      try await withTimeout(milliseconds: 50) { () async throws(GuestError) in
        try await Task.sleep(milliseconds: 3_600_000)
      }
    } catch {
      console.print("an hour in 50 ms: \(error.message)\n")
    }
    let quick = try? await withTimeout(milliseconds: 5000) { 42 }
    console.print("in time: \(quick ?? 0)\n")
  }

  private func events(
    _ console: GuestConsole, _ events: GuestEvents, _ domain: UInt16
  ) async throws(GuestError) {
    let near = try events.offer(to: domain)
    let far = try events.connect(to: near.number, of: domain)
    let (stream, input) = AsyncStream<Void>.makeStream()
    try events.handle(near) { input.yield() }
    let sender = Task {
      for _ in 0..<3 {
        try? events.notify(far)
        try? await Task.sleep(milliseconds: 10)
      }
      input.finish()
    }
    var count = 0
    for await _ in stream { count += 1 }
    await sender.value
    console.print("events: \(count)\n")
  }

  /// Gives up while requests that fill the ring several times are on their way.
  private func endsInTheMiddleOfARequest(_ store: GuestXenstore) async throws(GuestError) {
    let value = [UInt8](repeating: UInt8(ascii: "v"), count: 1900)
    for number in 0..<15 { Task { try? await store.set("data/\(number)", to: value) } }
    await Task.yield()
    throw GuestError("gave up", exitStatus: 9)
  }
}

/// Something to count with from many tasks.
actor Counter {
  private(set) var count = 0

  func add() { count += 1 }
}
