// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A guest that fails in the way that its command line names, built for debugging.
enum DebugGuest {
  /// Stays, as a user's package does: the next run compiles what has changed.
  private static let folder = Checkout.root.appending(path: ".build/debug-guest")

  /// The program with symbols.
  static var program: String {
    folder.appending(path: ".build/pvh/checks.debug.elf").path
  }

  /// Builds it; returns the image's path.
  static func build() throws -> String {
    try? FileManager.default.createDirectory(
      at: folder.appending(path: "Sources/checks"), withIntermediateDirectories: true)
    for (path, content) in [
      ("Package.swift", manifest), ("Sources/checks/Checks.swift", source),
    ] {
      let file = folder.appending(path: path)
      let content = Data(content.utf8)
      if (try? Data(contentsOf: file)) != content { try content.write(to: file) }
    }
    let result = try PVHCommand(
      ["build", "--debug", "--scratch-path", Checkout.guestBuilds.path], folder: folder
    ).finish()
    try #require(result.status == 0, "\(result.text) \(result.errors)")
    #expect(result.text.contains(".build/pvh/checks.debug.pvh: "))
    return folder.appending(path: ".build/pvh/checks.debug.pvh").path
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

  private static let source = """
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
