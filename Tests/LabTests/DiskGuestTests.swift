// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Guests with disks that `xl` gave them: the backend is Linux's, over files in dom0.
@Suite(.lab) struct DiskGuestTests {
  /// What a guest reads is what is in the file, and what it writes gets there.
  @Test func bytesAreTheSameOnBothSides() throws {
    let lab = try DiskLab("bytes")
    try lab.makeFile("data.img", "dd if=/dev/urandom of=data.img bs=1M count=64 2>/dev/null")
    let before = try lab.sum("data.img")
    let half = 32 << 20
    let output = try lab.run(
      "disk", disks: ["data.img"],
      "list open info sum=0,\(2 * half) write=0,\(half),7 flush check=0,\(half),7 sum=0,\(2 * half) close"
    )
    let sums = output.split(separator: "\n").filter { $0.hasPrefix("sum ") }.map { $0.dropFirst(4) }
    #expect(sums.first == before[...], "\(output)")
    #expect(output.contains("same \(half)\n"))
    #expect(sums.last == (try lab.sum("data.img"))[...])
    #expect(output.contains("size \(2 * half) sector 512 readonly false flushes true"))
    try lab.expectNothingLeft()
  }

  @Test func errorsSayWhatIsWrong() throws {
    let lab = try DiskLab("errors")
    try lab.makeFile("small.img", "truncate -s 1M small.img")
    // A backing store that is full before the disk is.
    try lab.makeFile(
      "full/full.img",
      "mkdir full; mount -t tmpfs -o size=1m none full; truncate -s 8M full/full.img")
    let output = try lab.run(
      "disk", disks: ["small.img", "full/full.img", "small.img,ro"],
      """
      list open=xvdd open=0 write=100,4,5 check=1048576,512,1 open=xvdb write=0,4194304,1 open=51744 info \
      check=0,512,1 write=0,512,1 discard=0,512
      """)
    let lines = output.split(separator: "\n").map(String.init)
    #expect(lines.filter { $0.hasPrefix("disk ") } == ["disk xvda", "disk xvdb", "disk xvdc"])
    for error in [
      "there is no disk xvdd: this domain has xvda, xvdb, xvdc",
      "disk xvda: 4 bytes at 100 are not whole sectors: offset and count must be multiples of 512",
      "disk xvda: 512 bytes at 1048576 reach beyond its end at 1048576",
      "disk xvdc: it can only be read",
    ] { #expect(lines.contains("error: \(error)"), "\(output)") }
    #expect(
      lines.contains { $0.hasPrefix("error: disk xvdb: the backend could not write at byte ") })
    #expect(output.contains("size 1048576 sector 512 readonly true"))
    try lab.expectNothingLeft()
  }

  /// The backend's driver goes and comes back with requests under way; then the disk itself does.
  @Test func backendsComeAndGoUnderTraffic() throws {
    let lab = try DiskLab("traffic")
    try lab.makeFile("data.img", "truncate -s 8M data.img")
    let domain = try lab.start(
      "disk", disks: ["data.img"], "open round=65536,5 await open round=65536,6 list")
    func rounds() throws -> Int {
      let last = try lab.output().split(separator: "\n").last { $0.hasPrefix("round ") }
      return last.flatMap { Int($0.dropFirst(6)) } ?? 0
    }
    try lab.lab.wait { try rounds() > 0 }
    for _ in 0..<5 {
      let before = try rounds()
      try lab.dom0(
        """
        cd /sys/bus/xen-backend/drivers/vbd
        echo vbd-\(domain)-51712 >unbind && usleep 300000 && echo vbd-\(domain)-51712 >bind
        """)
      try lab.lab.wait { try rounds() > before + 16 }
    }
    // Events that bring nothing make Linux slow for this guest.
    let counts = try lab.dom0(
      "cd /sys/devices/vbd-\(domain)-51712/xenbus; cat spurious_events jiffies_eoi_delayed")
    let numbers = counts.split(separator: "\n").compactMap { Int($0) }
    #expect(numbers.count == 2 && numbers[0] <= 12 && numbers[1] == 0, "\(counts)")
    try lab.dom0("xl block-detach disk xvda")
    try lab.lab.wait { try lab.output().contains("error: disk xvda: it was taken away\n") }
    try lab.dom0("xl block-attach disk format=raw,vdev=xvda,target=/root/data.img")
    try lab.lab.wait { try lab.output().components(separatedBy: "open xvda\n").count == 3 }
    let attached = try lab.output().components(separatedBy: "open xvda\n").last
    try lab.lab.wait { try lab.output().components(separatedBy: "open xvda\n").last != attached }
    try lab.dom0("xl shutdown disk")
    try lab.lab.wait { try lab.dom0("xl list disk").contains("---s") }
    let output = try lab.output()
    #expect(output.contains("rounds ") && output.hasSuffix("disk xvda\n"), "\(output)")
    #expect(output.components(separatedBy: "error").count == 2, "\(output)")
    try lab.dom0("xl destroy disk")
    try lab.expectNothingLeft()
  }

  /// Nodes whose backend never answers.
  @Test func aBackendThatNeverAnswersIsGivenUp() throws {
    let lab = try DiskLab("silent")
    _ = try lab.start("disk", disks: [], "sleep=3000 open=xvda list")
    try lab.dom0(
      """
      id=$(xl domid disk); front=/local/domain/$id/device/vbd/51712
      xenstore-write $front/backend /local/domain/0/backend/vbd/$id/51712 $front/backend-id 0 $front/state 1
      xenstore-chmod -r $front n$id
      """)
    try lab.lab.wait { try lab.output().contains("disk xvda\n") }
    #expect(
      try lab.output().contains("error: disk xvda: the backend was not there within 10000 ms\n"))
    try lab.dom0("xl destroy disk")
    try lab.expectNothingLeft()
  }

  /// Tasks share a disk; one that is cancelled takes nothing along.
  @Test func manyTasksShareADisk() throws {
    let lab = try DiskLab("tasks")
    try lab.makeFile("data.img", "truncate -s 32M data.img")
    let output = try lab.run("disk-tasks", disks: ["data.img"], "48 12")
    #expect(output.contains("right 576, others ran: true\n"), "\(output)")
    #expect(output.contains("disk xvda: 4096 bytes at 1 are not whole sectors"))
    #expect(output.contains("cancelled true\n"))
    try lab.expectNothingLeft()
  }
}

/// A lab whose dom0 has files for disks, and domains that xl makes.
final class DiskLab {
  let lab: DetachedLab

  init(_ name: String) throws {
    lab = try DetachedLab("disk-\(name)")
    try dom0("modprobe xen-blkback")
  }

  @discardableResult
  func dom0(_ script: String) throws -> String {
    let result = try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", "cd /root; \(script)")
    try #require(result.status == 0, "\(result.text)\(result.errors)")
    return result.text
  }

  /// Makes a file in /root.
  func makeFile(_ name: String, _ script: String) throws { try dom0(script) }

  func sum(_ file: String) throws -> String {
    String(try dom0("sha256sum \(file)").prefix { $0 != " " })
  }

  /// Starts a guest of Tests/Guests, with files as its disks: `FILE` or `FILE,ro`.
  ///
  /// - Returns: The domain's number.
  func start(
    _ guest: String, of image: String? = nil, disks: [String], _ commandLine: String
  ) throws -> Int {
    try lab.copy(image ?? Checkout.guest(guest), to: "/root/\(guest).pvh")
    let list = disks.enumerated().map { place, disk in
      let name = "xvd\(Character(UnicodeScalar(UInt8(97 + place))))"
      let access = disk.hasSuffix(",ro") ? "r" : "w"
      let file = disk.split(separator: ",")[0]
      return "\"format=raw,vdev=\(name),access=\(access),target=/root/\(file)\""
    }
    try dom0(
      """
      cat >guest.cfg <<'END'
      type = "pvh"
      name = "\(guest)"
      kernel = "/root/\(guest).pvh"
      memory = 16
      vcpus = 1
      on_poweroff = "preserve"
      disk = [ \(list.joined(separator: ", ")) ]
      cmdline = "\(commandLine)"
      END
      xl create -p guest.cfg >/dev/null && (xl console \(guest) >console.txt 2>&1 </dev/null &)
      usleep 500000; xl unpause \(guest)
      """)
    return try #require(Int(try dom0("xl domid \(guest)").trimmingCharacters(in: .newlines)))
  }

  /// What the guest has printed.
  func output() throws -> String { try dom0("cat console.txt") }

  /// Runs a guest to its end, and destroys its domain.
  func run(_ guest: String, disks: [String], _ commandLine: String) throws -> String {
    _ = try start(guest, disks: disks, commandLine)
    try lab.wait { try dom0("xl list \(guest)").contains("---s") }
    let output = try output()
    try dom0("xl destroy \(guest)")
    return output
  }

  /// No device, no loop device and no domain is left.
  func expectNothingLeft() throws {
    try lab.wait { try dom0("losetup -a").isEmpty }
    #expect(try dom0("xenstore-ls -f /local/domain/0/backend 2>/dev/null; true").isEmpty)
    #expect(try dom0("ls -d /sys/bus/xen-backend/devices/* 2>/dev/null; true").isEmpty)
    try lab.expectNothingLeft()
  }
}
