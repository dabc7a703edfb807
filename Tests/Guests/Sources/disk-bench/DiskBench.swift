// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency

/// Does with its first disk what the words of its command line say, and prints for each the nanoseconds that it
/// took: `read=BYTES,DEPTH,COUNT`, `write=…`: so many requests, so many at a time, at places all over the disk;
/// `flush=BYTES,1,COUNT`: flushes, each after a block was written. Says `first` when it has read a block.
@main
struct DiskBench: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (clock, console) = (guest.clock, guest.console)
    let disk = try await guest.openDisk()
    _ = try await disk.read(4096, at: 0)
    console.print("first\n")
    for word in words(guest.commandLine) {
      let operation = word.first ?? 0
      let numbers = numbers(word)
      guard numbers.count == 3 else { continue }
      let run = BenchRun(disk, operation, size: numbers[0], count: numbers[2])
      let start = clock.nanoseconds
      let tasks = (0..<numbers[1]).map { _ in Task { await run.work() } }
      for task in tasks { await task.value }
      console.print("\(word) \(clock.nanoseconds - start) errors \(run.errors)\n")
    }
    console.print("end\n")
  }

  private func words(_ text: BootBytes) -> [[UInt8]] {
    Array(text).split(separator: 32).map { Array($0) }
  }

  private func numbers(_ word: [UInt8]) -> [Int] {
    guard let start = word.firstIndex(of: 61) else { return [] }
    return word[(start + 1)...].split(separator: 44).map { digits in
      digits.reduce(0) { $0 * 10 + Int($1) - 48 }
    }
  }
}

/// Requests that tasks take from one another; there is one CPU.
private final class BenchRun: @unchecked Sendable {
  let disk: Disk
  let operation: UInt8
  let size: Int
  var left: Int
  var errors = 0
  private var state: UInt64 = 1
  private let block: [UInt8]

  init(_ disk: Disk, _ operation: UInt8, size: Int, count: Int) {
    (self.disk, self.operation, self.size, left) = (disk, operation, size, count)
    block = [UInt8](repeating: 0x5a, count: max(size, 4096))
  }

  func work() async {
    while left > 0 {
      left -= 1
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let place = (state >> 33) % (disk.size / UInt64(block.count)) * UInt64(block.count)
      do throws(GuestError) {
        if operation == UInt8(ascii: "r") {
          _ = try await disk.read(size, at: place)
        } else {
          try await disk.write(block, at: place)
          if operation == UInt8(ascii: "f") { try await disk.flush() }
        }
      } catch {
        errors += 1
      }
    }
  }
}
