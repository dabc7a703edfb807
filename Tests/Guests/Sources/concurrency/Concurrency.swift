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

  /// More at a time than xenstored serves.
  private func manyRequests(
    _ console: GuestConsole, _ store: GuestXenstore
  ) async throws(GuestError) {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask { try? await store.set("data/\(number)", to: "value \(number)") }
      }
    }
    let right = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<50 {
        group.addTask {
          (try? await store.value(of: "data/\(number)")) == GuestText("value \(number)").bytes
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    try await store.remove("data/0")
    let gone = try await store.value(of: "data/0") == nil
    console.print("50 requests: \(right), then \(gone ? "none" : "one")\n")
  }

  private func changes(_ console: GuestConsole, _ store: GuestXenstore) async throws(GuestError) {
    let mine = try store.changes(of: "data/mine")
    let other = try store.changes(of: "data/other")
    let writer = Task {
      for number in 1...3 {
        try? await Task.sleep(milliseconds: 20)
        try? await store.set("data/mine", to: "\(number)")
      }
    }
    for await path in mine {
      guard let value = try await store.value(of: "data/mine") else { continue }
      console.print("\(path) = \(value)\n")
      if value == [UInt8(ascii: "3")] { break }
    }
    await writer.value
    let first = await other.makeAsyncIterator().next()
    console.print("the other watch: \(first ?? [])\n")
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

  /// Takes its time to finish when it is asked to end.
  private func endsTidily(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, store) = (guest.console, guest.xenstore)
    console.print("ready\n")
    let end = try await guest.lifecycle.untilAskedToEnd {
      try? await Task.sleep(milliseconds: 3_600_000)
      await Task {
        try? await Task.sleep(milliseconds: 200)
        try? await store.set("data/finished", to: "yes")
        console.print("finished\n")
      }.value
    }
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  /// Takes no notice of being asked to end.
  private func endsStubbornly(_ guest: borrowing Guest) async throws(GuestError) {
    guest.console.print("ready\n")
    let end = try await guest.lifecycle.untilAskedToEnd(grace: 300) {
      while true { await Task.yield() }
    }
    guest.console.print("left behind\n")
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  private func echo(_ console: GuestConsole) async {
    console.print("ready\n")
    let ticker = Task {
      while !Task.isCancelled { try? await Task.sleep(milliseconds: 50) }
      return true
    }
    for await line in console.lines {
      if line.isEmpty { break }
      console.print("line: \(line)\n")
    }
    ticker.cancel()
    console.print("ticker stopped: \(await ticker.value ? "yes" : "no")\n")
  }
}

/// Something to count with from many tasks.
actor Counter {
  private(set) var count = 0

  func add() { count += 1 }
}
