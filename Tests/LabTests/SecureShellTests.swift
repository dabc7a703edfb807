// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Guests on a control domain that only ssh reaches.
@Suite(
  .lab,
  .enabled("needs ssh: run tools/test") {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen")
  }, .serialized)
struct SecureShellTests {
  private static let agents = "/root/.cache/pvhkit"

  @Test func theAgentIsInstalledOnceAndRunsGuests() throws {
    let far = try FarMachine()
    try far.execute("mkdir -p \(Self.agents); touch \(Self.agents)/agent-old")
    let first = try far.run(Checkout.example("hello"), "--verbose")
    #expect(first.status == 0)
    #expect(first.text == "hello from domain 1\n")
    #expect(first.errors.contains("Xen 4.17"))
    let installed = try far.execute("ls -i \(Self.agents)")
    // The old one has gone.
    #expect(installed.split(separator: "\n").count == 1)
    #expect(try far.run(Checkout.example("hello")).text == "hello from domain 2\n")
    #expect(try far.execute("ls -i \(Self.agents)") == installed)
    #expect(try far.run(Checkout.guest("exit-status"), "--cmdline", "42").status == 42)
    let crash = try far.run(Checkout.guest("crash"), "--cmdline", "triple-fault")
    #expect(crash.status == 134)
    #expect(crash.errors.contains("Triple fault"))
    #expect(try far.execute("xenstore-list /local/domain") == "0")
  }

  @Test func aBrokenConnectionTakesTheDomainAlong() throws {
    let far = try FarMachine()
    let run = try far.command("run", Checkout.guest("spin"), "--on", FarMachine.place)
    try #require(run.waitUntilItPrints("spinning"))
    kill(run.identifier, SIGKILL)
    _ = run.finish()
    #expect(try far.domain0IsAlone(within: 4))

    let other = try far.command("run", Checkout.guest("spin"), "--on", FarMachine.place)
    try #require(other.waitUntilItPrints("spinning"))
    try far.execute("kill $(pidof sshd)")
    let result = other.finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("the connection to \(FarMachine.place) has ended"))
    #expect(try far.domain0IsAlone(within: 4))
  }

  @Test func whatIsMissingThereIsSaid() throws {
    let far = try FarMachine()
    let hello = Checkout.example("hello")
    func expectProblem(_ words: String, place: String = FarMachine.place) throws {
      let result = try far.run(hello, place: place)
      #expect(result.status == 125)
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    // ssh's own words come through.
    try expectProblem("Permission denied", place: "ssh://nobody@far")
    try expectProblem("ssh did not get to ssh://nobody@far", place: "ssh://nobody@far")

    try far.execute("mkdir -p /root/.cache; mount -t tmpfs -o size=1m none /root/.cache")
    try expectProblem("KiB free")
    #expect(try far.execute("ls \(Self.agents)") == "")
    try far.execute("umount /root/.cache")

    let library = "/usr/lib/x86_64-linux-gnu/libxenlight.so.4.17"
    try far.execute("mv \(library) /tmp")
    try expectProblem("has not the libraries of the Xen")
    try far.execute("mv /tmp/libxenlight.so.4.17 \(library)")

    try far.execute("mkdir /tmp/empty; mount -o bind /tmp/empty /proc/xen")
    try expectProblem("is no control domain of a Xen")
    try far.execute("umount /proc/xen")
    #expect(try far.run(hello).status == 0)
  }
}
