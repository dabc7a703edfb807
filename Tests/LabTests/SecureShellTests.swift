// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing
import XenLab

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
    #expect(try first.errors.contains("Xen \(XenRelease.fromEnvironment().version)."))
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
    #expect(try far.domain0IsAlone())

    let other = try far.command("run", Checkout.guest("spin"), "--on", FarMachine.place)
    try #require(other.waitUntilItPrints("spinning"))
    // From OpenSSH 9.8 on, a connection has a program of its own.
    try far.execute("kill $(pidof sshd sshd-session)")
    let result = other.finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("the connection to \(FarMachine.place) has ended"))
    #expect(try far.domain0IsAlone())
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

    // The direct builder does without Xen's libraries, libxenlight is named with its version.
    let name = "libxenlight.so.\(try XenRelease.fromEnvironment().version)"
    let library = "/usr/lib/x86_64-linux-gnu/\(name)"
    try far.execute("mv \(library) /tmp")
    #expect(try far.run(hello).status == 0)
    let refused = try far.run(hello, "--loader", "libxl")
    #expect(refused.status == 125)
    #expect(refused.errors.contains("\(name): cannot open"), "\(refused.errors)")
    try far.execute("mv /tmp/\(name) \(library)")

    try far.execute("mkdir /tmp/empty; mount -o bind /tmp/empty /proc/xen")
    try expectProblem("is no control domain of a Xen")
    try far.execute("umount /proc/xen")
    #expect(try far.run(hello).status == 0)
  }

  /// Disks are files there; what the guest writes is in them.
  @Test(arguments: ["xenguest", "libxl"])
  func disksAreFilesOfTheFarMachine(loader: String) throws {
    let far = try FarMachine()
    let disk = "/root/disk.img"
    let sum = "sha256sum \(disk) | cut -c 1-64"
    let before = try far.execute("head -c 4194304 /dev/urandom > \(disk); \(sum)")
    let run = try far.run(
      Checkout.guest("disk"), "--loader", loader, "--disk", disk, "--cmdline",
      "open sum=0,4194304 write=4096,65536,7 flush sum=0,4194304")
    let sums = run.text.split(separator: "\n").filter { $0.hasPrefix("sum ") }
      .map { String($0.dropFirst(4)) }
    #expect(run.status == 0 && sums.count == 2, "\(run.text)\(run.errors)")
    #expect(sums.first == before && sums.last != before)
    #expect(try far.execute(sum) == sums.last)
    let missing = try far.run(Checkout.guest("disk"), "--disk", "/root/none.img")
    #expect(missing.status == 125)
    #expect(missing.errors.contains("opening /root/none.img as the disk xvda"), "\(missing.errors)")
    let near = try far.run(Checkout.guest("disk"), "--disk", "disk.img")
    #expect(near.errors.contains("give it an absolute path there"), "\(near.errors)")
    #expect(try far.execute("losetup -a; xenstore-list /local/domain") == "0")
  }
}
