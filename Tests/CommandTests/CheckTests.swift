// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// What `pvh check` says of images that boot.
@Suite(.command) struct CheckCommands {
  /// Code that can be written to is usual in kernels; whoever wants to know asks.
  @Test func notesAreShownOnRequest() throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("jmp switch_off"),
      script: """
        PHDRS { note PT_NOTE FLAGS(4); all PT_LOAD FLAGS(7); }
        SECTIONS {
          . = 0x100000;
          .note.Xen : { *(.note.Xen) } :all :note
          .text : { *(.text*) *(.bss*) } :all
        }
        """)
    let brief = try PVHCommand("check", kernel.path).finish()
    #expect(brief.text == "\(kernel.path): xl, libxl: boots\n")
    let whole = try PVHCommand("check", kernel.path, "--verbose").finish()
    #expect(whole.status == 0)
    #expect(whole.text.contains("  note: has a PT_LOAD #1 that is writable and executable"))
    let json = try PVHCommand("check", kernel.path, "--json").finish()
    #expect(json.text.contains("writable-executable-segment"))
  }

  /// Solo5's images have such a segment; Xen boots them.
  @Test func memoryWithoutFlagsIsAWarning() throws {
    let kernel = try ForeignKernel(
      ForeignKernel.onPC("jmp switch_off"), script: ForeignKernel.memoryWithoutFlags)
    let result = try PVHCommand("check", kernel.path).finish()
    #expect(result.status == 0)
    #expect(result.text.hasPrefix("\(kernel.path): xl, libxl: boots\n  warning: "))
    #expect(result.text.contains("[memory-without-flags]"))
  }
}
