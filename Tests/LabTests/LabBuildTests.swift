// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A lab carries the agent that it was started with.
@Suite(.lab) struct LabBuildTests {
  @Test func anotherBuildOfTheAgentIsNoticed() throws {
    let labs = try StandingLabs()
    try labs.start("old")
    let other = try ScratchFolder()
    let release = Checkout.pvh.deletingLastPathComponent()
    let pvh = other.url.appending(path: "pvh")
    try FileManager.default.copyItem(
      at: Checkout.pvh.resolvingSymlinksInPath(), to: pvh)
    var agent = try Data(contentsOf: release.appending(path: "pvh-agent"))

    // The same bytes elsewhere are the same build.
    func run() throws -> PVHCommand.Result {
      let path = try other.file("pvh-agent", agent)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      return try labs.command(
        ["run", Checkout.example("hello"), "--on", "lab:old"], program: pvh
      ).finish()
    }
    #expect(try run().status == 0)

    agent.append(0)
    let refused = try run()
    #expect(refused.status == 125)
    #expect(refused.errors.contains("another build of pvh-agent"))
    #expect(refused.errors.contains("pvh lab stop old && pvh lab start old"))
    // What needs no agreement goes on.
    #expect(
      try labs.command(["lab", "exec", "old", "--", "true"], program: pvh).finish().status == 0)
    #expect(try labs.command(["lab", "stop", "old"], program: pvh).finish().status == 0)
  }
}
