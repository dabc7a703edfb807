// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// The journal example: destroyed at any instant, nothing that it has acknowledged is lost.
@Suite(.lab) struct JournalTests {
  /// How often it is destroyed; PVHKIT_JOURNAL_ROUNDS says another number for the long run.
  static let rounds =
    ProcessInfo.processInfo.environment["PVHKIT_JOURNAL_ROUNDS"].flatMap { Int($0) } ?? 12

  @Test func nothingAcknowledgedIsLost() throws {
    let lab = try DiskLab("journal")
    // Small, so that the halves change often.
    try lab.makeFile("journal.img", "truncate -s 128K journal.img")
    try lab.dom0("cat >drive.sh <<'END'\n\(Self.driver)\nEND")
    var random = SystemRandomNumberGenerator()
    var acknowledged: [String: Int] = [:]
    var written: [String: Int] = [:]
    var count = 0
    for round in 0..<Self.rounds {
      _ = try lab.start(
        "journal", of: Checkout.example("journal"), disks: ["journal.img"], "")
      let moment = Int.random(in: 20...1500, using: &random)
      // Each round begins with another key.
      let log = try lab.dom0("sh drive.sh \(round * 1001) \(moment)")
      for line in log.split(separator: "\n") {
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3, let value = Int(words[2]) else { continue }
        if words[0] == "set" { written[words[1]] = value }
        guard words[0] == "done" else { continue }
        acknowledged[words[1]] = value
        count += 1
      }
      let image = try lab.lab.pvh("lab", "exec", lab.lab.name, "--", "cat", "/root/journal.img")
      let onDisk = try #require(RawJournal(Array(image.output)))
      for (key, value) in acknowledged {
        let found = try #require(
          onDisk.values[key].flatMap { Int($0) }, "round \(round): \(key) is lost")
        #expect(found >= value, "round \(round): \(key) is \(found), acknowledged was \(value)")
        #expect(found <= written[key] ?? 0)
      }
    }
    #expect(count > 0, "something was acknowledged in some round")
    print("journal: destroyed \(Self.rounds) times, \(count) changes acknowledged, none lost")
    try lab.expectNothingLeft()
  }

  /// A client of its vchan, and one of xenstore, see the same; the next guest finds it on the disk.
  @Test func bothWaysLeadToTheDisk() throws {
    let lab = try DiskLab("journal-vchan")
    try lab.makeFile("journal.img", "truncate -s 128K journal.img")
    func talk(_ lines: String) throws -> String {
      try lab.lab.wait { try lab.output().contains("ready") }
      return try lab.lab.command(["vchan", "journal", "data/journal"], input: lines).finish().text
    }
    let domain = try lab.start(
      "journal", of: Checkout.example("journal"), disks: ["journal.img"], "")
    #expect(
      try talk("set a hello world\nget a\nget b\nset b 2\ncount\nnonsense\n") == """
        ok
        hello world
        none
        ok
        2
        error: set KEY VALUE, get KEY, remove KEY or count

        """)
    try lab.dom0("xenstore-write /local/domain/\(domain)/data/set/c 3")
    // The next client.
    try lab.lab.wait { try talk("get c\n") == "3\n" }
    try lab.dom0("xl destroy journal")
    try lab.lab.wait { try lab.dom0("losetup -a").isEmpty }
    _ = try lab.start("journal", of: Checkout.example("journal"), disks: ["journal.img"], "")
    #expect(try talk("count\nget a\nremove a\nget a\n") == "3\nhello world\nok\nnone\n")
    try lab.dom0("xl destroy journal")
    try lab.expectNothingLeft()
  }

  /// Waits for the guest, sets keys to growing numbers as fast as they are acknowledged, and destroys the domain
  /// in the middle of that: after so many milliseconds.
  private static let driver = """
    id=$(xl domid journal); data=/local/domain/$id/data
    looks=0
    while ! grep -q ready console.txt && [ $looks -lt 2400 ]; do looks=$((looks + 1)); usleep 50000; done
    (usleep ${2}000; xl destroy journal) &
    number=$1
    while xl list journal >/dev/null 2>&1; do
      number=$((number + 1)); key=k$((number % 5))
      echo "set $key $number"
      xenstore-write $data/set/$key $number 2>/dev/null || break
      looks=0
      while [ $looks -lt 200 ]; do
        looks=$((looks + 1))
        value=$(xenstore-read $data/get/$key 2>/dev/null) || value=
        [ "$value" = $number ] && echo "done $key $number" && break
        [ -d /proc/$! ] || break
      done
    done
    wait
    while [ -n "$(losetup -a)" ]; do usleep 50000; done
    """
}

/// What a journal's disk says, read by the format that is written in its `Record.swift`.
private struct RawJournal {
  var values: [String: String] = [:]

  /// Nil if neither half has a header.
  init?(_ disk: [UInt8]) {
    func number(_ offset: Int, _ count: Int) -> UInt64 {
      (0..<count).reduce(0) { $0 | UInt64(disk[offset + $1]) << UInt64(8 * $1) }
    }
    func isWhole(_ offset: Int, _ count: Int) -> Bool {
      var sum: UInt64 = 0xcbf2_9ce4_8422_2325
      for place in 0..<count {
        let byte = (32..<40).contains(place) ? 0 : disk[offset + place]
        sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3
      }
      return sum == number(offset + 32, 8)
    }
    func isMarked(_ offset: Int) -> Bool {
      offset + 40 <= disk.count && Array(disk[offset..<offset + 4]) == Array("PVHR".utf8)
    }
    let half = disk.count / 2
    let headers = [0, half].filter {
      isMarked($0) && number($0 + 4, 4) == 0xffff_ffff && isWhole($0, 40)
    }
    guard let start = headers.max(by: { number($0 + 16, 8) < number($1 + 16, 8) }) else {
      return nil
    }
    let generation = number(start + 16, 8)
    var (place, sequence) = (start + 512, UInt64(1))
    while place < start + half, isMarked(place), number(place + 16, 8) == generation,
      number(place + 24, 8) == sequence
    {
      let key = Int(number(place + 4, 4))
      let length = number(place + 8, 4)
      let value = length == 0xffff_ffff ? 0 : Int(length)
      let count = 40 + key + value
      guard key < 4096, value < 65536, place + count <= start + half, isWhole(place, count) else {
        break
      }
      let name = String(decoding: disk[place + 40..<place + 40 + key], as: UTF8.self)
      values[name] =
        length == 0xffff_ffff
        ? nil : String(decoding: disk[place + 40 + key..<place + count], as: UTF8.self)
      place += (count + 511) / 512 * 512
      sequence += 1
    }
  }
}
