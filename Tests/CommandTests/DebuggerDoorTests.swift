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

  /// gdb shows nonsense with the symbols of another program.
  @Test func symbolsOfAnotherBuildAreSaid() throws {
    let folder = try ScratchFolder()
    let copy = folder.url.appending(path: "hello.pvh")
    try FileManager.default.copyItem(atPath: image, toPath: copy.path)
    let other = folder.url.appending(path: "hello.elf").path
    try FileManager.default.copyItem(
      atPath: Checkout.example("echo").dropLast(4) + ".elf", toPath: other)
    func invitation(_ environment: [String: String] = [:]) throws -> String {
      try PVHCommand(
        ["run", copy.path, "--on", "qemu", "--gdb", "--timeout", "1"], environment: environment
      ).finish().errors
    }
    // Where it was built, the right program is found all the same.
    let found = try invitation()
    #expect(
      found.contains(#/target remote 127.0.0.1:\d+' \S*\/hello\/.build\/pvh\/hello.elf\n/#),
      "\(found)")
    let lost = try invitation(["XDG_CACHE_HOME": folder.url.path])
    #expect(lost.contains("without symbols: \(other) is of another build; give gdb"), "\(lost)")
    try FileManager.default.removeItem(atPath: other)
    let alone = try invitation(["XDG_CACHE_HOME": folder.url.path])
    #expect(alone.contains("without symbols: \(other) is missing"), "\(alone)")
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
