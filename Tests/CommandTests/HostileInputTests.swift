// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Files and names that mean no good, and moments that come at the wrong time.
@Suite(.command) struct HostileInputs {
  /// Escape sequences, a newline and a reversal of the line's direction in a note of the image.
  private static let strangeNotes =
    ForeignKernel.debugPort + """
        .section .note.Xen, "a", @note
        .long 4, 4, 18
        .asciz "Xen"
        .long _start
        .long 4, 28, 10
        .asciz "Xen"
        .ascii "!\\033[2Jx\\nforged\\302\\233\\342\\200\\256|!two\\0"
        .balign 4

      """

  @Test(arguments: ["inspect", "check", "export"])
  func textOfAnImageCannotControlTheTerminal(command: String) throws {
    let kernel = try ForeignKernel(Self.strangeNotes)
    let options = command == "export" ? ["--format", "xl"] : []
    let result = try PVHCommand([command, kernel.path] + options).finish()
    let all = result.text + result.errors
    #expect(all.contains("forged"))
    #expect(!all.contains("\nforged"))
    #expect(
      all.unicodeScalars.allSatisfy {
        $0 == "\n" || ![.control, .format].contains($0.properties.generalCategory)
      })
  }

  @Test(arguments: [
    ["export", Checkout.example("hello"), "--format", "xl", "--module"],
    ["startinfo", "--decode"], ["run", Checkout.example("hello"), "--module"],
  ])
  func aPipeWithoutAWriterIsNoFile(arguments: [String]) throws {
    let folder = try ScratchFolder()
    let pipe = folder.url.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for file in [pipe, "/dev/zero", folder.url.path] {
      let result = try PVHCommand(arguments + [file]).finish()
      #expect(result.status == 125)
      #expect(result.errors.contains("\(file) cannot be read: it is no regular file"))
    }
  }

  @Test func nothingIsLeftOfANoteThatWasInterrupted() throws {
    let kernel = try ForeignKernel(ForeignKernel.debugPort)
    #expect(truncate(kernel.path, 200 << 20) == 0)
    let folder = try ScratchFolder()
    for round in 1...5 as ClosedRange<UInt32> {
      let output = folder.url.path + "/out"
      let run = try PVHCommand("note", "add", kernel.path, "--entry", "_start", "-o", output)
      usleep(round * 20_000)
      kill(run.identifier, SIGKILL)
      let isDone = run.finish().status == 0
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
      #expect(names == (isDone ? ["out"] : []))
      unlink(output)
    }
  }
}
