// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

@testable import PVHCommand

/// `pvh build` says what to use in place of what Embedded Swift does not have.
@Suite(.command) struct BuildAdvice {
  /// In the words of the compiler that is installed.
  @Test func theCompilersErrorsAreExplained() throws {
    let folder = try ScratchFolder()
    let new = try PVHCommand(["new", "guest"], folder: folder.url).finish()
    try #require(new.status == 0, "\(new.errors)")
    func build(_ declarations: String, _ statements: String) throws -> String {
      _ = try folder.file(
        "guest/Sources/guest/Guest.swift", Data(Self.program(declarations, statements).utf8))
      let build = try PVHCommand(
        ["build", "--scratch-path", Checkout.guestBuilds.path],
        folder: folder.url.appending(path: "guest")
      ).finish()
      #expect(build.status == 125, "\(build.errors)")
      return build.errors
    }
    let values = try build(
      "protocol Shape {}\nstruct Square: Shape {}", "let shape: any Shape = Square(); _ = shape")
    #expect(values.contains("\n  | a guest has no values of protocol types: "), "\(values)")
    let others = try build(
      "class Node {}", "weak var node: Node? = nil; _ = (node, Mirror(reflecting: 1))")
    #expect(others.contains("\n  | a guest has no weak references: "), "\(others)")
    #expect(others.contains("\n  | a guest has no reflection: "), "\(others)")
    let foundation = try build("import Foundation", "print(Date())")
    #expect(foundation.contains("\n  | a guest has no Foundation: "), "\(foundation)")
    // What has nothing to do with guests is not explained.
    let mistake = try build("", "prnt(1)")
    #expect(mistake.contains("cannot find 'prnt' in scope"))
    #expect(!mistake.contains("a guest has"), "\(mistake)")
  }

  @Test func adviceComesOnceAndTheSpecialFirst() {
    var output = BuildOutput()
    for line in [
      "a.swift:1:1: error: cannot use a value of protocol type 'any Error' in embedded Swift",
      "  |  `- error: cannot use a value of protocol type 'any Error' in embedded Swift",
      "a.swift:2:1: warning: 'Mirror' is unavailable",
      "a.swift:3:1: error: conformance of 'X' to 'Y' is unavailable: unavailable in embedded Swift",
    ] { output.note(line) }
    #expect(output.advice.count == 2)
    #expect(output.advice.first?.contains("throws(GuestError)") == true)
    #expect(output.advice.last?.contains("docs/everyday-swift.md") == true)
  }

  private static func program(_ declarations: String, _ statements: String) -> String {
    """
    import GuestRuntime
    \(declarations)
    @main
    struct Main: Appliance {
      func run(_ guest: borrowing Guest) throws(GuestError) {
        \(statements)
      }
    }
    """
  }
}
