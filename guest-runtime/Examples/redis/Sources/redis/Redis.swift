// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestTCP
import RedisServing

/// Keys and values for clients of Redis, on port 6379. With a disk, what an answer has told of is there after the guest
/// was destroyed; `appendfsync=everysec` on the command line does without the last second. Ends on request.
@main
struct Redis: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, clock, memory) = (guest.console, WallClock(guest.clock), guest.memory)
    let disk = try guest.diskNames().isEmpty ? nil : try await guest.openDisk()
    let network = try await guest.openNetwork()
    let capacity = memory.heap.capacity
    var settings = RedisServer.Settings(
      capacity: capacity, used: memory.usedBytes, network: min(5 << 19, capacity / 4),
      hasLog: disk != nil)
    settings.waitsForLog = disk != nil && !(guest.commandLine == "appendfsync=everysec")
    var seed: UInt64 = 0
    for byte in try Entropy.bytes(8) { seed = seed << 8 | UInt64(byte) }
    let server = RedisServer(
      settings, seed: seed, now: clock.now,
      RedisServer.Memory(used: { memory.usedBytes }, largestFree: { memory.heap.largestFreeBlock }))
    var log: AppendLog?
    if let disk { log = try await AppendLog(disk, server) }
    let listener = try network.listen(on: 6379, backlog: 64)
    console.print("ready at \(network.address.text):6379, \(server.keyCount) keys\n")
    keepUp(server, log, clock, console)
    let clients = Clients(server, log, clock, console)
    let end = try await guest.lifecycle.untilAskedToEnd { () async throws(GuestError) in
      while true {
        let stream = try await listener.accept()
        Task { await clients.serve(stream) }
      }
    }
    if case .asked(let request) = end {
      if let log { _ = try await log.commit() }
      guest.lifecycle.obey(request)
    }
  }

  /// Lets keys expire that nobody asks for, and writes down what did not wait for it.
  private func keepUp(
    _ server: RedisServer, _ log: AppendLog?, _ clock: WallClock, _ console: GuestConsole
  ) {
    Task {
      var commitTime = clock.now
      while true {
        let isBusy = server.sweep(now: clock.now)
        try? await Task.sleep(milliseconds: isBusy ? 100 : 1000)
        guard let log, clock.now - commitTime >= 1000 else { continue }
        commitTime = clock.now
        do throws(GuestError) {
          _ = try await log.commit()
        } catch {
          console.print("\(error.message)\n")
          fatalError("no disk")
        }
      }
    }
  }
}

/// Milliseconds since 1970, or since the host's start where nobody knows the time.
struct WallClock: Sendable {
  private let clock: GuestClock
  private let offset: UInt64

  init(_ clock: GuestClock) {
    self.clock = clock
    offset = (clock.secondsSince1970 ?? 0) * 1000 &- clock.nanoseconds / 1_000_000
  }

  var now: UInt64 { clock.nanoseconds / 1_000_000 &+ offset }
}
