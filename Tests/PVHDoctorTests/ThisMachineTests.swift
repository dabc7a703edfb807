// SPDX-License-Identifier: Apache-2.0

import PVHDoctor
import SystemPackage
import Testing
import XenLab

/// The questions, put to the machine that runs the tests.
@Suite struct ThisMachineTests {
  private let machine = LocalHost(agent: nil, kit: nil)

  @Test func readsFilesOfTheKernel() {
    #expect(machine.text("/proc/cpuinfo")?.contains("flags") == true)
    #expect(machine.text("/nonexistent") == nil)
    #expect(machine.text("/proc") == nil)
  }

  @Test func tellsWhyAFileDoesNotOpen() {
    #expect(machine.refusal("/dev/null") == nil)
    #expect(machine.refusal("/nonexistent") == .noSuchFileOrDirectory)
    #expect(machine.refusal("/proc") == .isDirectory)
  }

  @Test func findsAndRunsPrograms() {
    #expect(machine.program("sh") != nil)
    #expect(machine.program("no-such-program") == nil)
    #expect(machine.output("echo", ["hello"]) == "hello\n")
    #expect(machine.output("false", []) == nil)
    #expect(machine.output("no-such-program", []) == nil)
  }

  @Test func findsLibrariesAndProcesses() {
    #expect(machine.hasLibrary("libc.so.6"))
    #expect(!machine.hasLibrary("libnonexistent.so.1"))
    #expect(!machine.runningPrograms.isEmpty)
    #expect(machine.architecture == "x86_64")
    #expect(machine.freeCacheBytes > 0)
  }

  /// Emulation always works; what is asked of KVM is asked in the same way.
  @Test(
    .enabled("needs QEMU") {
      LocalHost(agent: nil, kit: nil).program("qemu-system-x86_64") != nil
    })
  func triesAnAccelerator() throws {
    #expect(try BootProbe.ends(accelerator: "tcg"))
    #expect(try !BootProbe.ends(accelerator: "nonexistent"))
  }
}
