// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh build --debug`: a guest that says in words which of its checks failed, and where.
@Suite(.lab, .serialized) struct DebugBuilds {
  /// Stays, as a user's package does: the next run compiles what has changed.
  private static let folder = Checkout.root.appending(path: ".build/debug-guest")

  @Test(
    .timeLimit(.minutes(5)),
    arguments: [
      ("fatal", "Checks.swift:8: Fatal error: nothing goes on\n"),
      ("precondition", "Checks.swift:9: Precondition failed: more is wanted\n"),
      ("assert", "Checks.swift:10: Assertion failed: it is so\n"),
      ("nil", "Checks.swift:11: Fatal error: Unexpectedly found nil while unwrapping"),
      ("index", "Fatal error: Index out of range\n"),
    ])
  func aFailedCheckSaysItsMessageAndLine(way: String, message: String) throws {
    try build()
    let image = Self.folder.appending(path: ".build/pvh/checks.debug.pvh").path
    let result = try PVHCommand("run", image, "--on", "lab", "--cmdline", way).finish()
    #expect(result.status == 134, "\(result.errors)")
    #expect(result.text.contains(message), "\(result.text)")
    #expect(result.text.contains("\n*** the guest crashed: "))
  }

  private func build() throws {
    try? FileManager.default.createDirectory(
      at: Self.folder.appending(path: "Sources/checks"), withIntermediateDirectories: true)
    for (path, content) in [
      ("Package.swift", Self.manifest), ("Sources/checks/Checks.swift", Self.program),
    ] {
      let file = Self.folder.appending(path: path)
      let content = Data(content.utf8)
      if (try? Data(contentsOf: file)) != content { try content.write(to: file) }
    }
    let result = try PVHCommand(["build", "--debug"], folder: Self.folder).finish()
    try #require(result.status == 0, "\(result.text) \(result.errors)")
    #expect(result.text.contains(".build/pvh/checks.debug.pvh: "))
  }

  private static let manifest = """
    // swift-tools-version: 6.2
    import PackageDescription
    let package = Package(
      name: "checks", dependencies: [.package(name: "PVHKit", path: "\(Checkout.root.path)")],
      targets: [
        .executableTarget(
          name: "checks", dependencies: [.product(name: "GuestRuntime", package: "PVHKit")])
      ])
    """

  private static let program = """
    import GuestRuntime
    @main
    struct Checks: Appliance {
      func run(_ guest: borrowing Guest) throws(GuestError) {
        let way = guest.commandLine
        let none: Int? = way.isEmpty ? 1 : nil
        switch way.first {
        case UInt8(ascii: "f"): fatalError("nothing goes on")
        case UInt8(ascii: "p"): precondition(way.isEmpty, "more is wanted")
        case UInt8(ascii: "a"): assert(way.isEmpty, "it is so")
        case UInt8(ascii: "n"): guest.console.print("\\(none!)")
        default: guest.console.print("\\([1, 2, 3][way.count])")
        }
      }
    }
    """
}
