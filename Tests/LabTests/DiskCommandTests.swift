// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Disks that pvh gives to guests, and takes away again.
@Suite(.lab, .serialized) struct DiskCommandTests {
  private static let size = 4 << 20

  @Test(arguments: ["xenguest", "libxl"])
  func whatTheGuestWritesComesBackIfItIsWanted(loader: String) throws {
    let lab = try ToolstackLab("written-\(loader)")
    let disk = try lab.disk(ofBytes: Self.size)
    let before = try lab.sum(of: disk)
    let words = "open info sum=0,\(Self.size) write=4096,65536,7 flush sum=0,\(Self.size)"
    for access in ["", ",ro", ",rw"] {
      let run = try lab.lab.pvh(
        "run", Checkout.guest("disk"), "--loader", loader, "--cmdline", words, "--disk",
        "\(disk.path),xvdc\(access)")
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.text.hasPrefix("open xvdc\nsize \(Self.size) sector 512"), "\(run.text)")
      let sums = run.text.split(separator: "\n").filter { $0.hasPrefix("sum ") }
        .map { String($0.dropFirst(4)) }
      #expect(sums.first == before, "\(run.text)")
      #expect(run.text.contains("disk xvdc: it can only be read\n") == (access == ",ro"))
      let after = try lab.sum(of: disk)
      #expect(after == (access == ",rw" ? sums.last : before))
      #expect((after == before) == (access != ",rw"))
      try lab.expectNothingLeft()
    }
  }

  /// As timeout(1) does it, which signals its child and then its own process group.
  @Test func anInterruptThatComesTwiceLosesNothing() throws {
    let lab = try ToolstackLab("interrupted")
    let disk = try lab.disk(ofBytes: Self.size)
    let before = try lab.sum(of: disk)
    let run = try lab.lab.command([
      "run", Checkout.guest("disk"), "--disk", "\(disk.path),rw", "--cmdline",
      "open write=4096,65536,7 flush sleep=600000",
    ])
    try lab.lab.wait { run.printed.contains("flushed\n") }
    kill(run.identifier, SIGINT)
    usleep(50_000)
    kill(run.identifier, SIGINT)
    let end = run.finish()
    #expect(end.status == 130 && end.errors == "pvh: interrupted; the domain was destroyed\n")
    #expect(try lab.sum(of: disk) != before)
    try lab.expectNothingLeft()
  }

  @Test(arguments: ["xenguest", "libxl"])
  func disksComeAndGo(loader: String) throws {
    let lab = try ToolstackLab("attach-\(loader)")
    let first = try lab.disk(ofBytes: Self.size)
    let second = try lab.disk(ofBytes: 1 << 20)
    func pvh(_ words: String...) throws -> PVHCommand.Result { try lab.lab.pvh(words) }
    let made = try pvh(
      "create", Checkout.guest("disk"), "--name", "web", "--loader", loader, "--cmdline",
      "open round=65536,5 await open round=65536,6 await open round=65536,7 sleep=600000", "--disk",
      first.path)
    try #require(made.status == 0, "\(made.errors)")
    func disks() throws -> String { try pvh("disk", "list", "web").text }
    try lab.lab.wait { try disks().contains("xvda  4.2 MB  rw      connected") }
    #expect(try disks().contains(first.path))
    let attached = try pvh("disk", "attach", "web", "\(second.path),ro")
    #expect(attached.status == 0, "\(attached.errors)")
    #expect(attached.text == "xvdb\n")
    #expect(try disks().contains("xvdb       -  ro      waiting"))
    let shown = try pvh("show", "web").text
    #expect(shown.contains("disk xvda:"), "\(shown)")
    #expect(shown.contains("\(second.path), read only, not connected"), "\(shown)")
    #expect(try pvh("show", "web", "--json").text.contains(#""disks":[{"name":"xvda","#))
    let again = try pvh("disk", "attach", "web", "\(second.path),xvda")
    #expect(again.status == 64)
    #expect(again.errors.contains("web has xvda already"), "\(again.errors)")
    // xl sees them, whoever attached them.
    let seen = try lab.dom0("xl block-list web")
    #expect(seen.contains("51712 ") && seen.contains("51728 "), "\(seen)")
    // The guest lets go of one that it uses, and is never asked about one that it does not.
    for name in ["xvda", "xvdb"] {
      let detached = try pvh("disk", "detach", "web", name)
      #expect(detached.status == 0, "\(detached.errors)")
    }
    #expect(try disks().isEmpty)
    #expect(try lab.leftovers().isEmpty)
    let missing = try pvh("disk", "detach", "web", "xvda")
    #expect(missing.errors.contains("has no disk xvda: pvh disk list"), "\(missing.errors)")
    // The next one takes its place, in the guest too.
    #expect(try pvh("disk", "attach", "web", first.path).text == "xvda\n")
    try lab.lab.wait { try disks().contains("connected") }
    #expect(try pvh("disk", "detach", "web", "xvda", "--force").status == 0)
    #expect(try lab.leftovers().isEmpty)
    #expect(try pvh("disk", "attach", "web", first.path).status == 0)
    #expect(try pvh("destroy", "web").status == 0)
    try lab.expectNothingLeft()
  }

  @Test(arguments: ["xenguest", "libxl"])
  func nothingIsLeftWhoeverEndsFirst(loader: String) throws {
    let lab = try ToolstackLab("ends-\(loader)")
    let disk = try lab.disk(ofBytes: Self.size)
    let words = [
      Checkout.guest("disk"), "--name", "web", "--loader", loader, "--disk", disk.path,
      "--cmdline", "open round=65536,5",
    ]
    func waitUntilConnected() throws {
      try lab.lab.wait { try lab.lab.pvh("disk", "list", "web").text.contains("connected") }
    }
    let made = try lab.lab.pvh(["create"] + words)
    try #require(made.status == 0, "\(made.errors)")
    try waitUntilConnected()
    let destroyed = try lab.dom0("xl destroy web 2>&1")
    #expect(destroyed.isEmpty, "\(destroyed)")
    #expect(try lab.leftovers().isEmpty)
    // pvh is killed, and with it its end of the conversation.
    let run = try lab.lab.command(["run"] + words)
    try waitUntilConnected()
    kill(run.identifier, SIGKILL)
    _ = run.finish()
    try lab.lab.wait { try lab.lab.pvh("list").text.isEmpty }
    try lab.expectNothingLeft()
    // The agent is killed: its guardian removes the domain.
    let other = try lab.lab.command(["run"] + words)
    try waitUntilConnected()
    _ = try lab.lab.pvh(
      "lab", "exec", lab.lab.name, "--", "sh", "-c",
      "kill -9 $(ps -o pid,ppid,args | awk '$3 == \"/agent/agent\" && NF == 3 { print $1 }' | sort -n | head -1)"
    )
    #expect(other.finish().status == 125)
    try lab.lab.wait { try lab.lab.pvh("list").text.isEmpty }
    try lab.expectNothingLeft()
  }

  /// The supervisor keeps what was sent, as long as there may be another start.
  @Test func aDetachedGuestFindsAtItsNextStartWhatItHasWritten() throws {
    let lab = try ToolstackLab("detached")
    let disk = try lab.disk(ofBytes: Self.size)
    let made = try lab.lab.pvh(
      "run", Checkout.guest("disk"), "--detach", "--restart", "always", "--name", "web", "--disk",
      disk.path, "--cmdline",
      "open sum=0,\(Self.size) write=4096,65536,7 flush sum=0,\(Self.size)")
    try #require(made.status == 0, "\(made.errors)")
    func sums() throws -> [String] {
      try lab.lab.pvh("logs", "web").text.split(separator: "\n").filter { $0.hasPrefix("sum ") }
        .map { String($0.dropFirst(4)) }
    }
    try lab.lab.wait { try sums().count >= 4 }
    let seen = try sums()
    #expect(seen[0] == (try lab.sum(of: disk)))
    #expect(seen[1] != seen[0] && seen[2...].allSatisfy { $0 == seen[1] }, "\(seen)")
    #expect(try lab.lab.pvh("destroy", "web").status == 0)
    try lab.expectNothingLeft()
    #expect(try lab.dom0("ls /run/pvhkit/domains").isEmpty)
  }

  @Test func whatCannotBeIsSaidAndLeavesNothing() throws {
    let lab = try ToolstackLab("refused")
    let disk = try lab.disk(ofBytes: Self.size)
    func refusal(_ words: String...) throws -> String {
      let run = try lab.lab.pvh(["run", Checkout.guest("disk"), "--cmdline", "list"] + words)
      #expect(run.status == 125, "\(run.text)")
      try lab.expectNothingLeft()
      return run.errors
    }
    // A control domain without a driver.
    try lab.dom0("cd /lib/modules/*; mv xen_blkback.ko hidden")
    #expect(
      try refusal("--disk", disk.path).contains("has no block backend: modprobe xen-blkback there"))
    try lab.dom0("cd /lib/modules/*; mv hidden xen_blkback.ko")
    // One that is full.
    try lab.dom0("dd if=/dev/zero of=/tmp/full bs=1M 2>/dev/null; truncate -s -1M /tmp/full")
    #expect(try refusal("--disk", disk.path).contains("there is no room for it"))
    try lab.dom0("rm /tmp/full")
    let tiny = try lab.disk(ofBytes: 100)
    #expect(
      try refusal("--disk", tiny.path).contains("has 100 bytes, and a disk at least one sector"))
  }
}

/// A lab, disks on this machine, and what may not be left of them in dom0.
private final class ToolstackLab {
  let lab: DetachedLab
  private let folder: ScratchFolder
  private var count = 0

  init(_ name: String) throws {
    lab = try DetachedLab("disk-\(name)")
    folder = try ScratchFolder()
  }

  /// A file of bytes that do not repeat.
  func disk(ofBytes size: Int) throws -> URL {
    count += 1
    let words = (0..<size / 8 + 1).map { _ in UInt64.random(in: 0 ... .max) }
    let content = words.withUnsafeBytes { Data($0.prefix(size)) }
    return URL(filePath: try folder.file("disk\(count).img", content))
  }

  func sum(of file: URL) throws -> String {
    let program = URL(filePath: "/usr/bin/sha256sum")
    return String(try PVHCommand([file.path], program: program).finish().text.prefix(64))
  }

  @discardableResult
  func dom0(_ script: String) throws -> String {
    try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
  }

  /// Loop devices, backends, and files in dom0.
  func leftovers() throws -> String {
    try dom0(
      """
      losetup -a; ls /sys/bus/xen-backend/devices 2>/dev/null | grep vbd; ls /tmp | grep -v full
      xenstore-ls -f | grep -e vbd -e error/backend | grep -v '/device/vbd = ""'
      """)
  }

  func expectNothingLeft() throws {
    #expect(try leftovers().isEmpty)
    try lab.expectNothingLeft()
  }
}
