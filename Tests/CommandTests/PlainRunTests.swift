// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh run --on qemu`: images in QEMU without Xen.
@Suite(.command) struct PlainRuns {
  /// The examples differ in size: firmware would destroy the larger ones.
  @Test(arguments: ["hello", "clock", "tasks"])
  func aGuestThatNeedsXenBoots(example: String) throws {
    let image = Checkout.example(example)
    try #require(FileManager.default.fileExists(atPath: image))
    let result = try PVHCommand("run", image, "--on", "qemu", "--timeout", "30").finish()
    #expect(result.status == 0)
    #expect(result.errors.contains("port 0xE9: *** the guest crashed: this guest needs Xen"))
    #expect(result.errors.contains("the image boots: its entry at 0x1000 ran"))
    #expect(result.errors.contains("--on lab"))
  }

  @Test func theSerialPortIsStandardOutput() throws {
    let result = try run("mov $line, %esi; call print; jmp switch_off")
    #expect(result.status == 0)
    #expect(result.text == "hello from a PC\n")
    #expect(result.errors.contains("ran, and the guest switched the PC off"))
  }

  @Test func theGuestIsToldItsCommandLineAndModule() throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data("module\n\0".utf8))
    let result = try run(
      """
      mov 24(%ebx), %esi; call print; mov 16(%ebx), %edi; mov (%edi), %esi; call print
          jmp switch_off
      """, "--cmdline", "a=1 b=\"2, 3\" ", "--module", module)
    #expect(result.text == "a=1 b=\"2, 3\" module\n")
    #expect(result.status == 0)
  }

  @Test func theMemoryMapIsThatOfAPC() throws {
    // Both ranges: their ends are 640 KiB and the 8 MiB that were asked for.
    let result = try run(
      """
      mov 40(%ebx), %edi; cmpl $2, 48(%ebx); jne 9f
          cmpl $0xa0000, 8(%edi); jne 9f; cmpl $0x700000, 32(%edi); jne 9f
          mov $line, %esi; call print
        9: jmp switch_off
      """, "--memory", "8")
    #expect(result.text == "hello from a PC\n")
  }

  @Test func port0xE9IsOnStandardError() throws {
    let result = try run(
      "mov $'o', %al; out %al, $0xe9; mov $'k', %al; out %al, $0xe9; jmp switch_off")
    #expect(result.status == 0)
    #expect(result.errors.contains("port 0xE9: ok\n"))
    #expect(result.text.isEmpty)
  }

  /// As under Xen: `hlt` without interrupts is a power-off.
  @Test func haltingForGoodIsAnEnd() throws {
    let result = try run("cli; 1: hlt; jmp 1b", "--timeout", "60")
    #expect(result.status == 0)
    #expect(result.errors.contains("halted the processor for good"))
  }

  @Test func aTripleFaultIsACrashWithRegisters() throws {
    let result = try run("mov $0x1234, %ecx; lidt table; ud2")
    #expect(result.status == 134)
    #expect(result.errors.contains("the guest crashed"))
    #expect(result.errors.contains("ECX=00001234"))
  }

  @Test func aResetIsNoCrash() throws {
    let result = try run("mov $0x0e, %al; mov $0xcf9, %dx; out %al, %dx; 1: jmp 1b")
    #expect(result.status == 133)
    #expect(result.errors.contains("the guest reset the PC"))
  }

  /// QEMU is handed what is inside.
  @Test func aPackedImageRunsAsItIs() throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("mov $line, %esi; call print; jmp switch_off"))
    let gzip = try PVHCommand(["gzip", kernel.path], program: URL(filePath: "/usr/bin/env"))
    try #require(gzip.finish().status == 0)
    let result = try PVHCommand("run", kernel.path + ".gz", "--on", "qemu").finish()
    #expect(result.text == "hello from a PC\n", "\(result.errors)")
    #expect(result.status == 0)
  }

  /// Nothing is said to have run that was not loaded.
  @Test func anEntryWithoutCodeIsNoCodeThatRan() throws {
    let source = ForeignKernel.onPC("jmp switch_off")
      .replacingOccurrences(of: ".long _start\n", with: ".long stack - 128\n")
    let kernel = try ForeignKernel(source)
    #expect(try PVHCommand("run", kernel.path, "--on", "qemu").finish().status == 126)
    let result = try PVHCommand(
      "run", kernel.path, "--on", "qemu", "--force", "--timeout", "2"
    ).finish()
    #expect(result.errors.contains("going on (--force)"))
    #expect(result.errors.contains("where no byte of the image is loaded"), "\(result.errors)")
    #expect(!result.errors.contains(" ran"), "\(result.errors)")
  }

  @Test func aGuestThatDoesNotEndIsTimedOut() throws {
    let result = try run("1: jmp 1b", "--timeout", "1")
    #expect(result.status == 124)
    #expect(result.errors.contains("its entry at 0x"))
    #expect(result.errors.contains("ran, and the processor is at EIP=0010"))
  }

  @Test func verboseSaysThatQEMUTookIt() throws {
    let kernel = try ForeignKernel(ForeignKernel.onPC("jmp switch_off"))
    let result = try PVHCommand("run", kernel.path, "--on", "qemu", "--verbose").finish()
    #expect(result.status == 0)
    #expect(result.errors.contains("QEMU took the image"))
  }

  @Test func imagesThatQEMUDoesNotTakeAreRefused() throws {
    let noNote = try PVHCommand(
      "run", ForeignKernel(ForeignKernel.debugPort).path, "--on", "qemu"
    ).finish()
    #expect(noNote.status == 126)
    let low = try ForeignKernel(
      ForeignKernel.onPC("jmp switch_off"),
      script: "SECTIONS { . = 0xc0000; .text : { *(.text*) } .bss : { *(.bss*) } }")
    let inHole = try PVHCommand("run", low.path, "--on", "qemu").finish()
    #expect(inHole.status == 126)
    #expect(inHole.errors.contains("a PC has no memory from 0xa0000 up to 0x100000"))
    let script = try PVHCommand("run", "/etc/passwd", "--on", "qemu").finish()
    #expect(script.status == 126)
  }

  @Test func withoutQEMUItSaysWhatToInstall() throws {
    let result = try PVHCommand(
      ["run", Checkout.example("hello"), "--on", "qemu"], environment: ["PATH": "/nonexistent"]
    ).finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("apt-get install qemu-system-x86"))
  }

  @Test(arguments: [SIGINT: 130, SIGTERM: 143, SIGKILL: 128 + SIGKILL] as [Int32: Int32])
  func howeverItEndsNoQEMUIsLeft(signal: Int32, status: Int32) throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("mov $line, %esi; call print; 1: jmp 1b"))
    let command = try PVHCommand("run", kernel.path, "--on", "qemu")
    try #require(command.waitUntilItPrints("hello from a PC"))
    let children = ProcessTable.children(of: command.identifier)
    #expect(!children.isEmpty)
    kill(command.identifier, signal)
    #expect(command.finish().status == status)
    for _ in 0..<600 where !children.filter(ProcessTable.isRunning).isEmpty { usleep(100_000) }
    #expect(children.filter(ProcessTable.isRunning).isEmpty)
  }

  /// The shell has a usable terminal while the run is stopped; the guest has it again afterwards.
  @Test func aStoppedRunLeavesTheTerminalToTheShell() throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("mov $line, %esi; call print; 1: jmp 1b"))
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu", "--timeout", "60"])
    try #require(run.waitUntilItShows("hello from a PC"), "\(run.screen)")
    try #require(run.waitUntilItIsAsShellsLeaveIt(false))
    run.send(SIGTSTP)
    #expect(run.waitUntilItIsAsShellsLeaveIt(true))
    run.send(SIGCONT)
    #expect(run.waitUntilItIsAsShellsLeaveIt(false))
    run.type("\u{1d}")
    #expect(run.finish() == 130)
    #expect(run.isAsShellsLeaveIt)
  }

  private func run(_ code: String, _ options: String...) throws -> PVHCommand.Result {
    let kernel = try ForeignKernel(ForeignKernel.onPC(code))
    return try PVHCommand(["run", kernel.path, "--on", "qemu"] + options).finish()
  }
}
