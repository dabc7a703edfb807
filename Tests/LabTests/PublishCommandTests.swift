// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Glibc
import SystemPackage
import Testing

/// `pvh publish`: ports of guests that run already.
@Suite(.lab) struct PublishCommandTests {
  private let text = Array("to the guest and back".utf8)

  /// Starts it, and returns the port that it has opened.
  private func publish(
    _ lab: NetworkLab, _ domain: String = "net", guestPort: Int = 7
  ) throws -> (run: PVHCommand, port: UInt16) {
    let run = try lab.lab.command(["publish", domain, "0:\(guestPort)"])
    try lab.lab.wait { run.printed.contains("of the guest\n") }
    let port = try #require(run.printed.firstMatch(of: #/127\.0\.0\.1:(\d+) is port 7 /#)?.1)
    return (run, try #require(UInt16(port)))
  }

  @Test func aDetachedGuestIsReachedBeforeAndAfterItIsStartedAgain() throws {
    let lab = try NetworkLab("publish")
    let started = try lab.lab.pvh(
      "run", Checkout.guest("network"), "--name", "net", "--net", "--cmdline", "echo=7",
      "--detach", "--restart", "always")
    try #require(started.status == 0, "\(started.errors)")
    let (run, port) = try publish(lab)
    // A second one, by number, does not disturb it.
    let number = try lab.dom0("xl domid net").trimmingCharacters(in: .whitespacesAndNewlines)
    let (other, otherPort) = try publish(lab, number)
    #expect(try NetworkLab.exchange(port, text) == text)
    #expect(try NetworkLab.exchange(otherPort, text) == text)
    #expect(try lab.lab.pvh("reboot", "net").status == 0)
    // What leads to a number ends with it.
    #expect(other.finish().status == 0)
    try lab.lab.wait { (try? NetworkLab.exchange(port, text)) == text }
    let asked = try lab.lab.pvh("shutdown", "net")
    #expect(asked.status == 0, "\(asked.errors)")
    let ended = run.finish()
    #expect(ended.status == 0)
    #expect(ended.errors.hasSuffix("pvh: the guest has ended\n"), "\(ended.errors)")
    try lab.lab.wait { try lab.leftovers().isEmpty }
  }

  @Test func anInterruptLeavesTheGuestAsItIs() throws {
    let lab = try NetworkLab("interrupted")
    let guest = try lab.lab.command([
      "run", Checkout.guest("network"), "--name", "net", "--net", "--cmdline", "echo=7",
    ])
    try lab.lab.wait { guest.printed.contains("ready\n") }
    for _ in 0..<2 {
      let (run, port) = try publish(lab)
      #expect(try NetworkLab.exchange(port, text) == text)
      let taken = try lab.lab.pvh("publish", "net", "\(port):7")
      #expect(taken.status == 64)
      #expect(taken.errors.contains("127.0.0.1:\(port): another program has it"), "\(taken.errors)")
      kill(run.identifier, SIGINT)
      #expect(run.finish().status == 130)
      #expect(throws: Errno.connectionRefused) { try NetworkLab.exchange(port, text) }
    }
    #expect(try lab.lab.pvh("shutdown", "net").status == 0)
    #expect(guest.finish().status == 0)
    try lab.expectNothingLeft()
  }

  @Test func whatCannotBePublishedIsSaid() throws {
    let lab = try NetworkLab("unpublished")
    let nobody = try lab.lab.pvh("publish", "nobody", "0:7")
    #expect(nobody.status == 125)
    #expect(nobody.errors.contains("nobody"), "\(nobody.errors)")
    let guest = try lab.lab.command(["run", Checkout.example("echo"), "--name", "echo"])
    try lab.lab.wait { try lab.lab.pvh("list").text.contains("echo") }
    let without = try lab.lab.pvh("publish", "echo", "0:7")
    #expect(without.status == 125)
    #expect(
      without.errors.contains(
        "\"echo\" has no network interface: pvh run --net gives a guest one"), "\(without.errors)")
    #expect(try lab.lab.pvh("destroy", "echo").status == 0)
    _ = guest.finish()
  }
}
