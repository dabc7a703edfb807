// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Amounts of memory and time on the command line: refused with the rule that they break.
@Suite(.command) struct AmountTests {
  @Test(arguments: [
    ("1K", "memory must be a multiple of 4 KiB"),
    ("0", "memory must be greater than zero"),
    ("1T", "unknown unit \"T\"; use K, M or G (or KiB, MiB, GiB)"),
    ("4 M", "unknown unit \" M\""),
    ("16.5", "give a whole number of MiB, or one with a unit: 256K, 2M, 1G"),
    ("M", "give a whole number of MiB"), ("", "give a whole number of MiB"),
    ("16385G", "a domain has at most 16 TiB (16384G)"),
    ("99999999999999999999", "a domain has at most 16 TiB"),
    ("9223372036854775807G", "a domain has at most 16 TiB"),
  ])
  func ofMemory(amount: String, words: String) throws {
    for command in [["run", "x"], ["check", "x"], ["export", "x", "--format", "xl"]] {
      let result = try PVHCommand(command + ["--memory", amount]).finish()
      #expect(result.status == 64)
      let line = "The value '\(amount)' is invalid for '--memory <memory>': \(words)"
      #expect(result.errors.contains(line), "\(result.errors)")
    }
  }

  @Test(arguments: ["4K", "4KiB", "16", "16m", "1G", "16384GiB"])
  func ofMemoryThatDomainsCanHave(amount: String) throws {
    let result = try PVHCommand("check", "/nonexistent", "--memory", amount).finish()
    #expect(result.status == 126, "\(result.errors)")
  }

  @Test(arguments: ["0", "-1", "1e30", "nan"])
  func ofTime(amount: String) throws {
    for command in [["run", "x"], ["wait", "x"], ["shutdown", "x"]] {
      let result = try PVHCommand(command + ["--timeout=\(amount)"]).finish()
      #expect(result.status == 64)
      let words = "give a number of seconds above 0, and at most 1000000"
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }
}
