// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import FoundationEssentials
import SystemPackage
import XenDomainModel

/// How much is done, and with what.
final class Soak {
  let lab: SoakLab
  /// A guest that greets and ends, one that waits, and one that uses disks.
  let hello: [UInt8]
  let idle: [UInt8]
  let disk: [UInt8]
  let idlePath: String
  /// Create-run-destroy for each loader, and disks that come and go.
  let cycles: Int
  let kills: Int
  /// Rounds of creations at once.
  let rounds: Int
  /// Seconds in which nothing of what was killed may be left.
  let seconds: Double
  var random: SeededNumbers

  init(_ lab: SoakLab, checkout: String, numbers: SoakNumbers) throws {
    self.lab = lab
    let helloPath = "\(checkout)/guest-runtime/Examples/hello/.build/pvh/hello.pvh"
    let guests = "\(checkout)/Tests/Guests/.build/pvh"
    idlePath = "\(guests)/idle.pvh"
    hello = Array(try Data(contentsOf: URL(fileURLWithPath: helloPath)))
    idle = Array(try Data(contentsOf: URL(fileURLWithPath: idlePath)))
    disk = Array(try Data(contentsOf: URL(fileURLWithPath: "\(guests)/disk.pvh")))
    cycles = numbers.cycles
    kills = numbers.kills
    rounds = numbers.rounds
    seconds = Double(numbers.seconds)
    random = SeededNumbers(seed: numbers.seed)
  }

  /// Runs a guest with each loader: what stays in the control domain from the first domain on, such as
  /// folders in xenstore, is there then.
  func begin() throws {
    let agent = try lab.agent()
    defer { agent.close() }
    for loader in DomainLoader.allCases {
      let request = RunRequest(name: "first", memoryKiB: 4096, loader: loader)
      _ = try agent.client.run(request, kernel: hello)
    }
  }

  /// Does something `cycles` times; says how often it failed, and how many milliseconds it took on average.
  func repeatedly(
    _ what: String, _ body: (_ number: Int) throws -> Void
  ) -> (failures: Int, milliseconds: Int) {
    var failures = 0
    let clock = ContinuousClock()
    let start = clock.now
    for number in 1...cycles {
      do {
        try body(number)
      } catch {
        failures += 1
        say("\(what) \(number): \(error)")
      }
      if number % 100 == 0 { say("\(what): \(number) of \(cycles)") }
    }
    return (failures, Int(start.duration(to: clock.now) / .milliseconds(cycles)))
  }

  /// Says on standard error what is going on.
  func say(_ text: String) {
    _ = try? FileDescriptor.standardError.writeAll(Array("pvh-soak: \(text)\n".utf8))
  }
}

/// Numbers that look random and come again with the same seed (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}

/// What the command line asks for: `--cycles 1000 --kills 200 --rounds 20 --seconds 2
/// --seed 1`.
struct SoakNumbers {
  var cycles = 1000
  var kills = 200
  var rounds = 20
  /// In which nothing of what was killed may be left.
  var seconds = 2
  var seed = UInt64.random(in: 1...999_999)

  /// Takes its options out of `words`; nil if one has no number.
  init?(taking words: inout [String]) {
    func take(_ option: String) -> UInt64?? {
      guard let place = words.firstIndex(of: option) else { return .some(nil) }
      guard place + 1 < words.count, let number = UInt64(words[place + 1]), number > 0 else {
        return nil
      }
      words.removeSubrange(place...(place + 1))
      return .some(number)
    }
    guard let cycles = take("--cycles"), let kills = take("--kills"),
      let rounds = take("--rounds"), let seconds = take("--seconds"), let seed = take("--seed")
    else { return nil }
    self.cycles = cycles.map { Int($0) } ?? self.cycles
    self.kills = kills.map { Int($0) } ?? self.kills
    self.rounds = rounds.map { Int($0) } ?? self.rounds
    self.seconds = seconds.map { Int($0) } ?? self.seconds
    self.seed = seed ?? self.seed
  }
}

/// One line of the report: what was counted, and whether it is as it has to be.
struct SoakLine {
  var name: String
  var value: String
  /// Nil for what is only told.
  var isGood: Bool?

  init(_ name: String, _ value: String, isGood: Bool? = nil) {
    self.name = name
    self.value = value
    self.isGood = isGood
  }

  /// The line.
  var text: String {
    let padding = String(repeating: " ", count: max(1, 52 - name.count))
    let verdict = isGood.map { $0 ? "" : "   WRONG" } ?? ""
    return name + padding + value + verdict
  }
}

/// Why a part of the run could not be done, whatever it would have shown.
enum SoakError: Error {
  /// A command on this machine failed.
  case commandFailed(String)
  /// A program in dom0 failed.
  case programFailed(String)
  /// A guest that should have worked did not.
  case guestFailed(String)
}
