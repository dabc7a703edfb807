// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel
import XenLab

/// An agent on a host whose Xen is of another version than the lab's, or refuses calls.
@Suite(.lab) struct OtherXenTests {
  @Test func anAgentThatDoesNotKnowTheXenSaysSo() throws {
    let lab = try LabConversation()
    try lab.copyOtherXen()
    let output = try lab.client.execute([
      "sh", "-c", "OTHER_XEN_OPERATION=0 LD_PRELOAD=/tmp/image /agent/agent check 2>&1",
    ])
    #expect(output.ending == .exited(1))
    let text = String(decoding: output.standardOutput, as: UTF8.self)
    #expect(
      text.contains(#/Xen 4\.\d+\S* runs here, and this program knows Xen 4\.17 to 4\.22/#),
      "\(text)")
    #expect(try lab.client.execute(["/agent/agent", "check"]).ending == .exited(0))
  }

  /// Interface versions of domctl and sysctl, for releases from 4.17 to 4.22, and one that is to come.
  static let versions: [(domctl: Int, sysctl: Int)] = [
    (0x15, 0x15), (0x16, 0x15), (0x17, 0x15), (0x17, 0x16), (0x18, 0x16), (0x19, 0x17),
  ]

  /// Both builders' libraries make calls; libxenlight's own are those of the lab's Xen.
  @Test(arguments: versions.indices) func aGuestRunsUnderEachInterface(index: Int) throws {
    let version = Self.versions[index]
    let labs = try StandingLabs()
    try labs.start("other")
    let folder = try ScratchFolder()
    try labs.copy(OtherXen.build(in: folder), to: "/tmp/other-xen.so", in: "other")
    let real = try XenRelease.fromEnvironment().version == "4.17" ? "21 21" : "23 21"
    // In place of ssh: the words that RemoteAgent waits for, and the agent behind the library.
    let ssh = try folder.file(
      "ssh",
      Data(
        """
        #!/bin/sh
        echo pvhkit:ready
        exec \(Checkout.pvh.path) lab exec other -- env LD_PRELOAD=/tmp/other-xen.so \
          OTHER_XEN="\(version.domctl) \(version.sysctl)" OTHER_XEN_REAL="\(real)" \
          PVHKIT_NEW_XEN="$PVHKIT_NEW_XEN" /agent/agent

        """.utf8))
    chmod(ssh, 0o755)
    func run(_ tries: String) throws -> PVHCommand.Result {
      try labs.pvh(
        "run", Checkout.example("hello"), "--on", "ssh://other", "--vcpus", "2",
        environment: ["PVHKIT_SSH": ssh, "PVHKIT_NEW_XEN": tries])
    }
    let isKnown = version.domctl < 0x19
    let result = try run(isKnown ? "" : "try")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text == "hello from domain 1\n")
    guard !isKnown else { return }
    let refused = try run("")
    #expect(refused.status == 125)
    #expect(refused.errors.contains("this program knows Xen 4.17 to 4.22"), "\(refused.errors)")
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

/// The library that answers for another Xen.
private enum OtherXen {
  /// Compiles it.
  static func build(in folder: ScratchFolder) throws -> String {
    let library = folder.url.appending(path: "other-xen.so").path
    let source = Checkout.root.appending(path: "Tests/LabTests/OtherXen/OtherXen.c").path
    let compiler = try PVHCommand(
      ["clang", "-shared", "-fPIC", "-O1", source, "-o", library],
      program: URL(filePath: "/usr/bin/env")
    ).finish()
    try #require(compiler.status == 0, "\(compiler.errors)")
    return library
  }
}

extension LabConversation {
  /// Puts the library into dom0, as `/tmp/image`.
  fileprivate func copyOtherXen() throws {
    let folder = try ScratchFolder()
    try copy(OtherXen.build(in: folder))
  }
}
