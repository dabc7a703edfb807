// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `--force`: what the checks say is overridden, and said to be.
@Suite(.command) struct ForceCommands {
  @Test(arguments: ["xl", "libvirt", "json"])
  func exportsWhatDoesNotBoot(format: String) throws {
    let refused = try PVHCommand("export", "/bin/ls", "--format", format).finish()
    #expect(refused.status == 126)
    #expect(refused.output.isEmpty)
    let forced = try PVHCommand("export", "/bin/ls", "--format", format, "--force").finish()
    #expect(forced.status == 0)
    #expect(forced.text.contains("/bin/ls"))
    #expect(
      forced.errors.hasPrefix("pvh: going on (--force), though /bin/ls: has no Xen PHYS32_ENTRY"))
    #expect(forced.errors.split(separator: "\n").count == 1)
  }

  /// Less memory than the image takes is a verdict like others.
  @Test func goesOnWithTooLittleMemory() throws {
    let arguments = ["export", Checkout.guest("spin"), "--format", "xl", "--memory", "1"]
    let folder = try ScratchFolder()
    let module = ["--module", try folder.file("module", Data(count: 3 << 20))]
    #expect(try PVHCommand(arguments + module).finish().status == 126)
    let forced = try PVHCommand(arguments + module + ["--force"]).finish()
    #expect(forced.status == 0)
    #expect(forced.text.contains("memory = 1\n"))
    #expect(forced.errors.contains("going on (--force)"))
    #expect(forced.errors.contains("needs at least"))
  }

  /// QEMU looks at a note's type only, and starts what is not Xen's note.
  @Test func runsWhatTheCheckRefuses() throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("mov $line, %esi; call print; jmp switch_off")
        .replacing(".asciz \"Xen\"", with: ".asciz \"ABC\""))
    let refused = try PVHCommand("run", kernel.path, "--on", "qemu").finish()
    #expect(refused.status == 126)
    let forced = try PVHCommand("run", kernel.path, "--on", "qemu", "--force").finish()
    #expect(forced.status == 0, "\(forced.errors)")
    #expect(forced.text == "hello from a PC\n")
    #expect(forced.errors.contains("pvh: going on (--force), though"))
  }

  @Test(arguments: ["run", "create", "export"])
  func whatIsNoImageIsRefusedAllTheSame(command: String) throws {
    let folder = try ScratchFolder()
    let file = try folder.file("image", Data([0x7f, 0x45, 0x4c]))
    let options = command == "export" ? ["--format", "xl"] : ["--on", "lab"]
    let result = try PVHCommand([command, file, "--force"] + options).finish()
    #expect(result.status == 126, "\(result.errors)")
    #expect(!result.errors.contains("going on"))
  }
}
