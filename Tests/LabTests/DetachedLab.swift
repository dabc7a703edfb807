// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A lab of its own for a test of detached domains.
final class DetachedLab {
  /// What `pvh list --json` says of a domain, as far as the tests look.
  struct Summary: Decodable {
    struct Supervision: Decodable {
      let restart: String
      let restartCount: Int
    }

    let name: String
    let uuid: String
    let state: String
    let supervision: Supervision
  }

  let name: String
  private let labs: StandingLabs

  init(_ name: String) throws {
    self.name = name
    labs = try StandingLabs()
    try labs.start(name)
  }

  /// Starts a command in the lab.
  func command(_ words: [String], input: String? = nil) throws -> PVHCommand {
    let place = words.first == "lab" ? [] : ["--on", "lab:\(name)"]
    return try labs.command(words + place, input: input)
  }

  /// Runs a command in the lab.
  func pvh(_ words: [String]) throws -> PVHCommand.Result { try command(words).finish() }

  /// Runs a command in the lab.
  @discardableResult
  func pvh(_ words: String...) throws -> PVHCommand.Result { try pvh(words) }

  /// Puts a file into dom0.
  func copy(_ file: String, to path: String) throws { try labs.copy(file, to: path, in: name) }

  /// What is said of a supervised domain.
  func summary(_ domain: String) throws -> Summary {
    let output = try pvh("list", "--all", "--name", domain, "--json").output
    return try #require(try JSONDecoder().decode([Summary].self, from: output).first)
  }

  /// Looks again and again, for 10 minutes at most.
  func wait(until isSo: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(600)
    while try !isSo() {
      try #require(ContinuousClock.now < end, "it did not come to that in 10 minutes")
      usleep(100_000)
    }
  }

  /// The numbers of the supervisors that run.
  func supervisors() throws -> [String] {
    let list = try pvh("lab", "exec", name, "--", "ps", "-o", "pid,args").text
    return list.split(separator: "\n").filter { $0.hasSuffix(" supervise") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  /// Kills the supervisor outright; false if there is none.
  func killSupervisor() throws -> Bool {
    guard let number = try supervisors().first else { return false }
    return try pvh("lab", "exec", name, "--", "kill", "-9", number).status == 0
  }

  /// No domain is left, in Xen, in xenstore, or among the records.
  func expectNothingLeft() throws {
    #expect(try pvh("list", "--all").text.isEmpty)
    #expect(try pvh("lab", "exec", name, "--", "ls", "/run/pvhkit/domains").text.isEmpty)
    try expectNoDomainInXenstore {
      try pvh("lab", "exec", name, "--", "xenstore-list", $0).text
    }
  }
}
