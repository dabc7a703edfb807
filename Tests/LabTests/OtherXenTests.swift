// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import DomainModel
import Foundation
import Testing

/// An agent on a host whose Xen takes none of its calls, or not all of them: nothing is damaged.
@Suite(.lab) struct OtherXenTests {
  @Test func anAgentOfAnotherReleaseSaysSo() throws {
    let lab = try LabConversation()
    try lab.copyOtherXen()
    let output = try lab.client.execute([
      "sh", "-c", "OTHER_XEN_OPERATION=0 LD_PRELOAD=/tmp/image /agent/agent check 2>&1",
    ])
    #expect(output.ending == .exited(1))
    let text = String(decoding: output.standardOutput, as: UTF8.self)
    #expect(
      text.contains(#/Xen 4\.17\S* runs here, and this pvh was built for Xen 4\.17/#), "\(text)")
    #expect(try lab.client.execute(["/agent/agent", "check"]).ending == .exited(0))
  }

  /// Domctl 3 stops a domain. Source: Xen, public/domctl.h.
  @Test(arguments: [0, 3], DomainLoader.allCases)
  func aRefusedDestructionLeavesAllNodes(operation: Int, loader: DomainLoader) throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("spin"), loader: loader)
    let nodes = try lab.execute("xenstore-ls", "-f", "/local/domain/1")
    try lab.copyOtherXen()
    let reap = """
      uuid=$(xl list -v | awk '$1 == "guest" { gsub("-", "", $7); print $7 }')
      [ ${#uuid} = 32 ] || { xl list -v; exit 3; }
      OTHER_XEN_OPERATION=\(operation) LD_PRELOAD=/tmp/image /agent/agent reap $uuid 2>&1
      """
    let output = try lab.client.execute(["sh", "-c", reap])
    #expect(
      output.ending == .exited(70), "\(String(decoding: output.standardOutput, as: UTF8.self))")
    #expect(try lab.execute("xl", "domid", "guest") == "1")
    #expect(try lab.execute("xenstore-ls", "-f", "/local/domain/1") == nodes)
  }
}

extension LabConversation {
  /// Puts the library that refuses calls into dom0, as `/tmp/image`.
  fileprivate func copyOtherXen() throws {
    let folder = try ScratchFolder()
    let library = folder.url.appending(path: "other-xen.so").path
    let source = Checkout.root.appending(path: "Tests/LabTests/OtherXen/OtherXen.c").path
    let compiler = try PVHCommand(
      ["clang", "-shared", "-fPIC", "-O1", source, "-o", library],
      program: URL(filePath: "/usr/bin/env")
    ).finish()
    try #require(compiler.status == 0, "\(compiler.errors)")
    try copy(library)
  }
}
