// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import GuestDisk
import GuestRuntime

/// Does with its disks what the words of its command line say, one after the other, and prints what came of it:
///
///     list                       the names of all disks
///     open, open=NAME            opens a disk, which the words after it are about
///     await                      waits for a disk
///     again                      begins anew
///     info                       size, sector size and so on
///     write=OFFSET,COUNT,SEED    writes a pattern
///     check=OFFSET,COUNT,SEED    reads, and compares with the pattern
///     sum=OFFSET,COUNT           reads, and prints the SHA-256
///     flush, discard=OFFSET,COUNT, close, sleep=MILLISECONDS
///     round=COUNT,SEED           writes, flushes and checks without end, until it is asked to shut down
@main
struct DiskScript: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var disk: Disk?
    let words = words(guest)
    var next = 0
    while next < words.count {
      let word = words[next]
      next += 1
      let (name, text, numbers) = parts(word)
      do throws(GuestError) {
        switch name {
        case "list": try list(guest)
        case "open":
          disk = try guest.openDisk(text.isEmpty ? "0" : "\(text)")
          if let disk { guest.console.print("open \(disk.name)\n") }
        case "await":
          while try guest.diskNames().isEmpty { guest.clock.sleep(milliseconds: 200) }
        case "again": next = 0
        case "sleep": _ = try guest.events.wait(withinMilliseconds: numbers[0])
        case "round": try round(disk, guest, count: numbers[0], seed: numbers[1])
        default:
          guard let disk else { throw GuestError("no disk is open") }
          try act(disk, name, numbers, guest)
        }
      } catch {
        guest.console.print("error: \(error.message)\n")
      }
    }
  }

  private func act(
    _ disk: Disk, _ name: String, _ numbers: [UInt64], _ guest: borrowing Guest
  ) throws(GuestError) {
    switch name {
    case "info":
      guest.console.print(
        "size \(disk.size) sector \(disk.sectorSize) readonly \(disk.isReadOnly) flushes \(disk.flushes) discards \(disk.discards)\n"
      )
    case "write":
      try inPieces(numbers) { (offset, count) throws(GuestError) in
        try disk.write(pattern(offset, count, numbers[2]), at: offset)
      }
      guest.console.print("wrote \(numbers[1])\n")
    case "check":
      var isSame = true
      try inPieces(numbers) { (offset, count) throws(GuestError) in
        if try disk.read(count, at: offset) != pattern(offset, count, numbers[2]) { isSame = false }
      }
      guest.console.print(isSame ? "same \(numbers[1])\n" : "differs\n")
    case "sum":
      var sum = SHA256()
      try inPieces(numbers) { (offset, count) throws(GuestError) in
        for byte in try disk.read(count, at: offset) { sum.add(byte) }
      }
      guest.console.print("sum \(sum.digits())\n")
    case "flush":
      try disk.flush()
      guest.console.print("flushed\n")
    case "discard":
      try disk.discard(numbers[1], at: numbers[0])
      guest.console.print("discarded\n")
    case "close":
      disk.close()
      guest.console.print("closed\n")
    default: throw GuestError("unknown word")
    }
  }

  /// Does something with a range, 1 MiB at a time.
  private func inPieces(
    _ numbers: [UInt64], _ body: (UInt64, Int) throws(GuestError) -> Void
  ) throws(GuestError) {
    var offset = numbers[0]
    let end = offset + numbers[1]
    repeat {
      let count = min(end - offset, 1 << 20)
      try body(offset, Int(count))
      offset += count
    } while offset < end
  }

  private func round(
    _ disk: Disk?, _ guest: borrowing Guest, count: UInt64, seed: UInt64
  ) throws(GuestError) {
    guard let disk else { throw GuestError("no disk is open") }
    // The second time it is so already.
    try? guest.lifecycle.acceptRequests()
    var rounds: UInt64 = 0
    var place: UInt64 = 0
    while try guest.lifecycle.takeRequest() == nil {
      if place + count > disk.size { place = 0 }
      try disk.write(pattern(place, Int(count), seed &+ rounds), at: place)
      try disk.flush()
      guard try disk.read(Int(count), at: place) == pattern(place, Int(count), seed &+ rounds)
      else { throw GuestError("what was read is not what was written") }
      rounds += 1
      place += count
      if rounds & 15 == 0 { guest.console.print("round \(rounds)\n") }
    }
    guest.console.print("rounds \(rounds)\n")
  }

  private func list(_ guest: borrowing Guest) throws(GuestError) {
    for name in try guest.diskNames() { guest.console.print("disk \(name)\n") }
  }

  private func words(_ guest: borrowing Guest) -> [String] {
    var words: [String] = []
    var word: [UInt8] = []
    for byte in Array(guest.commandLine) + [32] {
      guard byte == 32 else {
        word.append(byte)
        continue
      }
      if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
      word = []
    }
    return words
  }

  private func parts(_ word: String) -> (name: String, text: String, numbers: [UInt64]) {
    let parts = word.split(separator: "=", maxSplits: 1)
    let text = parts.count > 1 ? String(parts[1]) : ""
    return (String(parts[0]), text, text.split(separator: ",").map { UInt64($0) ?? 0 })
  }

  /// Bytes that depend on seed and place, eight at a time.
  private func pattern(_ offset: UInt64, _ count: Int, _ seed: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var place = 0
    while place < count {
      var value = (offset &+ UInt64(place) &+ seed) &* 0x9e37_79b9_7f4a_7c15
      value ^= value >> 29
      for byte in 0..<min(8, count - place) {
        bytes[place + byte] = UInt8(truncatingIfNeeded: value >> UInt64(byte * 8))
      }
      place += 8
    }
    return bytes
  }
}
