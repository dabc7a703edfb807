// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Sends input back.
@main
struct ConsoleEcho: Fixture {
  static var about: FixtureDescription { .consoleEcho }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    var count = 0
    var sum = SHA256()
    while true {
      let bytes = guest.console.read(withinMilliseconds: 3_600_000)
      if let problem = guest.console.failure { throw GuestError("\(problem)") }
      let end = bytes.firstIndex(of: 4) ?? bytes.count
      let part = Array(bytes[..<end])
      guest.console.write(part)
      count += end
      for byte in part { sum.add(byte) }
      guard end == bytes.count else { break }
    }
    say("echo", guest) {
      $0.add("bytes", count)
      $0.add("sha256", sum.digits())
    }
  }
}
