// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import Testing

@testable import XenLab

@Suite struct ElfFileTests {
  private static func shell() throws -> [UInt8] { try FileTree.read("/proc/self/exe") }

  @Test func findsNeededLibraries() throws {
    let program = try #require(ElfFile(try Self.shell(), name: "self"))
    #expect(try program.neededLibraries().contains("libc.so.6"))
    #expect(try program.section(".dynamic") != nil)
    #expect(try program.section(".no-such-section") == nil)
  }

  @Test func cutFilesThrowAndNeverTrap() throws {
    let bytes = try Self.shell()
    for length in stride(from: 64, to: min(bytes.count, 20_000), by: 97) {
      guard let file = ElfFile(Array(bytes.prefix(length)), name: "cut") else { continue }
      #expect(throws: LabError.self) { try file.section(".dynamic") }
      _ = try? file.neededLibraries()
    }
  }

  @Test func scriptsAreNone() {
    #expect(ElfFile(Array("#!/bin/sh\n".utf8), name: "script") == nil)
    #expect(ElfFile([], name: "empty") == nil)
  }
}
