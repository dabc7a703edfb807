// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenLab

extension Trait where Self == ConditionTrait {
  /// Linux takes a while to boot, and does not care which xenstored there is.
  fileprivate static var onceOnly: Self {
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
        vcpus = 4
        cmdline = "console=hvc0 quiet do=reboot"
        """.utf8))
    let result = try PVHCommand(
      "run", configuration, "--on", "lab", "--loader", loader.rawValue, "--timeout", "200"
    ).finish()
    #expect(result.text.contains("up: reboot"), "\(result.text)")
    #expect(result.errors.contains("reboot"), "\(result.errors)")
  }

  /// What a guest found, and how it ended.
  private func report(_ loader: DomainLoader, _ vcpuCount: Int) throws -> Report {
    let result = try PVHCommand(
      "run", linux.kernel, "--module", linux.initrd, "--memory", "256", "--on", "lab", "--vcpus",
      "\(vcpuCount)", "--loader", loader.rawValue, "--cmdline", "console=hvc0 quiet do=report",
      "--timeout", "200"
    ).finish()
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
