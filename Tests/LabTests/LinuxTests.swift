// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import CommandFixture
import Foundation
import Testing
import XenDomainModel
import XenLab

extension Trait where Self == ConditionTrait {
  /// What takes a while, and is the same with either xenstored.
  static var onceOnly: Self {
    .enabled("runs with xenstored only") { try XenstoreDaemon.fromEnvironment() == .xenstored }
  }
}

/// Linux as a guest, which finds the same machine whoever builds its domain.
@Suite(.lab, .onceOnly) struct LinuxTests {
  private let linux: LinuxGuest

  init() throws { linux = try LinuxGuest() }

  @Test(arguments: [1, 4]) func findsTheSameMachineByBothLoaders(vcpuCount: Int) throws {
    let (xl, own) = (try report(.libxl, vcpuCount), try report(.xenguest, vcpuCount))
    #expect(own.processors.count { $0.hasPrefix("processor\t") } == vcpuCount)
    #expect(own.processors == xl.processors)
    // Local APICs and all: but for the sum and who has made the table.
    let maker = [9..<10, 28..<36]
    #expect(try own.table("APIC", without: maker) == xl.table("APIC", without: maker))
    // Nor are the other tables in the same places.
    let places = [9..<10, 28..<44, 132..<148]
    #expect(try own.table("FACP", without: places) == xl.table("FACP", without: places))
    #expect(try own.bytes("APIC").reduce(0, &+) == 0)
    #expect(try own.bytes("FACP").reduce(0, &+) == 0)
  }

  @Test(arguments: DomainLoader.allCases)
  func rebootsFromAConfiguration(loader: DomainLoader) throws {
    let folder = try ScratchFolder()
    let configuration = try folder.file(
      "linux.cfg",
      Data(
        """
        type = "pvh"
        kernel = "\(linux.kernel)"
        ramdisk = "\(linux.initrd)"
        memory = 256
        vcpus = 1
        cmdline = "console=hvc0 quiet do=reboot"
        """.utf8))
    let result = try PVHCommand(
      "run", configuration, "--on", "lab", "--loader", loader.rawValue, "--timeout", "200"
    ).finish()
    #expect(result.text.contains("up: reboot"), "\(result.text)")
    #expect(result.errors.contains("requested a reboot"), "\(result.errors)")
    #expect(result.status == 133)
  }

  /// Xen's log says why: all of its lines about the domain are shown.
  @Test func diesOfAnEmulatedCounterWithTheReason() throws {
    let result = try PVHCommand(
      "run", linux.kernel, "--on", "lab", "--tsc", "default", "--cmdline", "console=hvc0 quiet",
      "--timeout", "200"
    ).finish()
    #expect(result.status == 134)
    #expect(result.errors.contains("Insn len emulation failed"), "\(result.errors)")
  }

  /// QEMU is handed the kernel inside the boot image.
  @Test func startsInAPCWithoutXen() throws {
    let result = try PVHCommand(
      "run", linux.kernel, "--on", "qemu", "--cmdline", "console=ttyS0 quiet panic=-1",
      "--timeout", "200"
    ).finish()
    #expect(result.text.contains("Unable to mount root fs"), "\(result.text)")
    #expect(result.errors.contains(#/its entry at 0x[0-9a-f]+ ran/#), "\(result.errors)")
    #expect(result.status == 133)
  }

  /// Each key reaches the guest, which echoes it; the user's terminal does not.
  @Test func hasTheTerminalOfAnAttendedRun() throws {
    let run = try TerminalRun([
      "run", linux.kernel, "--module", linux.initrd, "--on", "lab", "--cmdline",
      "console=hvc0 quiet do=shell", "--timeout", "200",
    ])
    // Before its prompt the shell echoes what was typed once more.
    try #require(run.waitUntilItShows("guest# "), "\(run.screen)")
    #expect(!run.isAsShellsLeaveIt)
    run.type("echo $((40 + 2)) is the answer\r")
    #expect(run.waitUntilItShows("42 is the answer"), "\(run.screen)")
    #expect(run.screen.ranges(of: "echo $((40").count == 1, "\(run.screen)")
    // Lines begin at the left edge.
    #expect(run.screen.contains("\r\n42 is the answer\r\n"), "\(run.screen.debugDescription)")
    run.type("\u{3}")
    #expect(run.waitUntilItShows("Ctrl-C went to the guest"), "\(run.screen)")
    run.type("echo $((40 + 3)) follows\r")
    #expect(run.waitUntilItShows("43 follows"), "\(run.screen)")
    run.type("\u{1d}")
    #expect(run.finish() == 130)
    #expect(run.screen.contains("the domain was destroyed"))
    #expect(run.isAsShellsLeaveIt)
  }

  /// What a guest found, and how it ended.
  private func report(_ loader: DomainLoader, _ vcpuCount: Int) throws -> Report {
    let words = [
      "run", linux.kernel, "--module", linux.initrd, "--memory", "256", "--on", "lab", "--vcpus",
      "\(vcpuCount)", "--loader", loader.rawValue, "--cmdline", "console=hvc0 quiet do=report",
      "--timeout", "200",
    ]
    var result = try PVHCommand(words).finish()
    // On a busy machine a program of the emulated control domain has died while several of the guest's
    // vCPUs booted, of a damaged heap. That ends one lab; it is printed, and another one is taken.
    if result.status == 125, result.errors.contains("the agent in the lab ended with status 134") {
      print("[lab] again, since \(result.errors)")
      result = try PVHCommand(words).finish()
    }
    try #require(result.status == 0, "\(result.text)\(result.errors)")
    let report = Report(lines: result.text.split(separator: "\n").map(String.init))
    #expect(report.lines.contains("slept"), "\(result.text)")
    return report
  }
}

/// The lines that a guest prints of its machine.
private struct Report {
  let lines: [String]

  /// Those of /proc/cpuinfo.
  var processors: [String] { lines.filter { $0.contains("\t:") } }

  /// A table in hexadecimal, its bytes at some offsets left out.
  func table(_ name: String, without gaps: [Range<Int>]) throws -> [UInt8] {
    try bytes(name).enumerated().filter { index, _ in !gaps.contains { $0.contains(index) } }
      .map(\.element)
  }

  func bytes(_ name: String) throws -> [UInt8] {
    let line = try #require(lines.first { $0.hasPrefix("\(name) ") })
    let digits = Array(line.dropFirst(name.count + 1).utf8)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
      let pair = String(decoding: digits[index..<min(index + 2, digits.count)], as: UTF8.self)
      return try #require(UInt8(pair, radix: 16))
    }
  }
}
