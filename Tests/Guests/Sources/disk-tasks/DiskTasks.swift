// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency

/// Many tasks at its first disk at once: each writes blocks of its own, flushes, and reads them again. The
/// command line has the number of tasks and of rounds. Prints how many blocks were right.
@main
struct DiskTasks: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let numbers = numbers(guest.commandLine)
    let disk = try await guest.openDisk()
    let store = guest.xenstore
    guest.console.print("open \(disk.name) \(disk.size)\n")
    let tally = Tally()
    for number in 0..<numbers[0] {
      Task {
        do throws(GuestError) {
          for round in 0..<numbers[1] {
            let block = [UInt8](
              repeating: UInt8(truncatingIfNeeded: number &* 7 &+ round), count: 4096)
            let place = UInt64((number * numbers[1] + round) * 4096) % (disk.size - 4096)
            try await disk.write(block, at: place)
            if round & 7 == 0 { try await disk.flush() }
            if try await disk.read(4096, at: place) == block { tally.right += 1 }
          }
        } catch {
          tally.message = error.message
        }
        tally.done += 1
      }
    }
    var turns = 0
    while tally.done < numbers[0] {
      // Meanwhile others have their turn.
      _ = try await store.value(of: "name")
      try await Task.sleep(milliseconds: 50)
      turns += 1
    }
    if let message = tally.message { guest.console.print("error: \(message)\n") }
    guest.console.print("right \(tally.right), others ran: \(turns > 0)\n")
    do throws(GuestError) {
      _ = try await disk.read(4096, at: 1)
    } catch {
      guest.console.print("\(error.message)\n")
    }
    let hasten = Task { () async -> Bool in
      do throws(GuestError) {
        for place in 0..<100_000 { _ = try await disk.read(65536, at: UInt64(place % 16) * 65536) }
      } catch {
        return true
      }
      return false
    }
    try await Task.sleep(milliseconds: 200)
    hasten.cancel()
    guest.console.print("cancelled \(await hasten.value)\n")
  }

  private func numbers(_ text: BootBytes) -> [Int] {
    var numbers = [0]
    for byte in Array(text) {
      if byte == 32 { numbers.append(0) } else { numbers[numbers.count - 1] *= 10 }
      if byte != 32 { numbers[numbers.count - 1] += Int(byte) - 48 }
    }
    return numbers
  }
}

/// What the tasks have done; there is one CPU.
private final class Tally: @unchecked Sendable {
  var done = 0
  var right = 0
  var message: GuestText?
}
