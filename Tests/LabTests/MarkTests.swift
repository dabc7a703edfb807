// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh run --timeline` shows what the guest has noted itself.
@Suite(.lab, .timeLimit(.minutes(30))) struct GuestMarksInTimelines {
  @Test(arguments: ["xenguest", "libxl"])
  func marksAndMomentsAreInOrder(loader: String) throws {
    let steps = try steps("marks", "--loader", loader)
    let guest = steps.filter { $0.name.hasPrefix("guest: to ") }.map { $0.name.dropFirst(10) }
    // The first byte is seen from outside, some time after the guest has printed it.
    #expect(
      guest.filter { $0 != "first byte" } == [
        "entry", "main", "run", "\"before the pause\"", "\"after?[2J the pause\"", "end of run",
        "shutdown",
      ])
    let first = try #require(guest.firstIndex(of: "first byte"))
    #expect(first > (guest.firstIndex(of: "\"before the pause\"") ?? .max))
    let before = try #require(steps.first { $0.name.contains("before") })
    let after = try #require(steps.first { $0.name.contains("after") })
    // The two clocks of a lab differ, but not so much. The first byte may lie between the two.
    #expect(after.end - before.end > 20_000)
  }

  @Test func marksBeyondTheTableAreCounted() throws {
    let result = try run("marks", "--timeline", "--cmdline", "many")
    #expect(result.errors.components(separatedBy: "guest: to \"again\"").count == 65)
    #expect(result.errors.contains("the guest made 6 more marks than there is room for"))
  }

  /// Moments that do not come are not there: this guest exits within its `run`.
  @Test func aGuestThatExitsHasNoEndOfRun() throws {
    let names = try steps("exit-status", "--cmdline", "0").map(\.name)
    #expect(names.contains("guest: to run"))
    #expect(!names.contains("guest: to end of run"))
    #expect(names.contains("guest: to shutdown"))
  }

  private struct Timeline: Decodable {
    struct Step: Decodable {
      var name: String
      var start: Int
      var duration: Int
      var end: Int { start + duration }
    }
    var steps: [Step]
  }

  private func steps(_ guest: String, _ options: String...) throws -> [Timeline.Step] {
    let command = ["run", Checkout.guest(guest), "--on", "lab", "--timeline", "--json"] + options
    let result = try PVHCommand(command).finish()
    #expect(result.status == 0, "\(result.errors)")
    let start = try #require(result.errors.firstIndex(of: "{"))
    return try JSONDecoder().decode(Timeline.self, from: Data(result.errors[start...].utf8)).steps
  }
}
