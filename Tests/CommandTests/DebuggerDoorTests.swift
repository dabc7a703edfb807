// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import HostSystem
import Testing

/// What `pvh run --gdb` says before anything is started, and in QEMU without Xen.
@Suite(.command) struct DebuggerDoors {
  private let image = Checkout.example("hello")

  @Test func aPortThatIsTakenIsSaid() throws {
    let holder = try LoopbackListener(port: 0)
    let result = try PVHCommand("run", image, "--on", "qemu", "--gdb=\(holder.port)").finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("port \(holder.port) is taken by another program"))
  }

  @Test func aGuestWaitsForItsDebugger() throws {
    let result = try PVHCommand("run", image, "--on", "qemu", "--gdb", "--timeout", "2").finish()
    #expect(result.status == 124)
    let words = #/the guest waits for a debugger: gdb -ex 'target remote 127.0.0.1:\d+'/#
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.contains("its entry at 0x1000 was never reached"), "\(result.errors)")
  }

  @Test(
    arguments: [
      (["--detach", "--gdb"], "a guest that is left to the supervisor has no debugger"),
      (["--gdb=70000"], "70000"), (["--gdb", "--vcpus", "2"], "--gdb holds one virtual CPU"),
    ])
  func whatCannotBeIsRefused(options: [String], words: String) throws {
    let result = try PVHCommand(["run", image, "--on", "lab"] + options).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func guestsOfOthersAreRefusedUnderXen() throws {
    let kernel = try ForeignKernel(ForeignKernel.onPC("jmp switch_off"))
    let result = try PVHCommand("run", kernel.path, "--on", "lab", "--gdb").finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("--gdb is for guests of PVHKit"), "\(result.errors)")
  }
}
