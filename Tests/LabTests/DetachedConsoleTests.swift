// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Who has the console of a domain that the supervisor looks after.
@Suite(.lab, .serialized) struct DetachedConsoleTests {
  @Test func theConsoleBeginsWithWhatWasPrinted() throws {
    let lab = try DetachedLab("console")
    let started = try lab.pvh("run", Checkout.example("echo"), "--detach", "--name", "echo")
    #expect(started.status == 0, "\(started.errors)")
    try lab.wait { try lab.pvh("logs", "echo").text.contains("say something") }
    let follower = try lab.command(["logs", "--follow", "echo"])
    let console = try lab.command(["console", "echo"], input: "one\nbye\n").finish()
    #expect(console.status == 0, "\(console.errors)")
    #expect(console.text.hasPrefix("say something"))
    #expect(console.text.contains("you said: one\n"))
    // Who follows the log reads the same, and ends with the guest.
    #expect(follower.finish().text == console.text)
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }

  @Test func theConsoleIsLeftToXL() throws {
    let lab = try DetachedLab("loan")
    let started = try lab.pvh("run", Checkout.example("echo"), "--detach", "--name", "echo")
    let number = started.text.trimmingCharacters(in: .newlines)
    try lab.wait { try lab.pvh("logs", "echo").text.contains("say something") }
    let file = "/var/lock/xenconsole.\(number)"
    let terminal = "\"$(xenstore-read /local/domain/\(number)/console/tty)\""
    // xl's console reads no input but a terminal's: others type for it, once the supervisor, which looks
    // five times a second, has seen its lock.
    let xl = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c",
      """
      xl console echo > /tmp/seen & console=$!
      until grep -q ":$(stat -c %i \(file) 2>/dev/null) " /proc/locks; do usleep 50000; done
      sleep 1; echo one > \(terminal)
      for look in $(seq 300); do grep -q one /tmp/seen && break; usleep 100000; done
      kill $console; cat /tmp/seen
      """)
    #expect(xl.text == "you said: one\n", "\(xl.errors)")
    #expect(try !lab.pvh("logs", "echo").text.contains("one"))
    // Once nobody has it any more, the supervisor reads on.
    try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", "echo two > \(terminal)")
    try lab.wait { try lab.pvh("logs", "echo").text.hasSuffix("you said: two\n") }
    #expect(try lab.pvh("destroy", "echo").status == 0)
    try lab.expectNothingLeft()
  }
}
