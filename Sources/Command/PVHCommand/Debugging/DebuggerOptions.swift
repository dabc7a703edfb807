// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage
import XenDomainModel

/// Whether a guest waits for a debugger.
struct DebuggerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Start the guest stopped, and let gdb connect to this port (--gdb=PORT); --gdb alone takes any port.",
      valueName: "port"))
  private var gdb: UInt16?

  /// The word without a port.
  private static let alone = "--gdb"

  /// The command line as the parser takes it: an option has a value.
  static func completed(_ words: [String]) -> [String] {
    guard words.first == "run" else { return words }
    let end = words.firstIndex(of: "--") ?? words.endIndex
    return words[..<end].map { $0 == alone ? "\(alone)=0" : $0 } + words[end...]
  }

  /// Whether a debugger is wanted.
  var isWanted: Bool { gdb != nil }

  /// Opens the port, if a debugger is wanted.
  func door() throws(Problem) -> DebuggerDoor? {
    guard let gdb else { return nil }
    return try DebuggerDoor(port: gdb)
  }
}

extension RunFiles {
  /// Refuses guests that nothing here could stop and let go on.
  func checkDebuggable(_ path: FilePath) throws(Problem) {
    guard !hasTerminal else {
      throw Problem(
        "--gdb is for guests of PVHKit, and \(path) is none: its own use of breakpoint instructions would "
          + "be taken for the debugger's; without Xen any image can be debugged: --on qemu",
        status: .usage)
    }
    guard domain.vcpuCount == 1 else {
      throw Problem(
        "--gdb holds one virtual CPU, and the domain is to have \(domain.vcpuCount): --vcpus 1",
        status: .usage)
    }
  }
}
