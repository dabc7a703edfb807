// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import Testing

@testable import XenLab

@Suite struct LabErrorTests {
  @Test func namesThePackageOfAMissingTool() {
    #expect(throws: LabError.missingTool(name: "no-such-tool", package: "some-package")) {
      try Tool(name: "no-such-tool", package: "some-package").locate()
    }
    let text = LabError.missingTool(name: "x", package: "y").description
    #expect(text == "x is not in PATH; install it: apt-get install y")
  }

  @Test func roundsMegabytesUp() {
    let text = LabError.diskFull(at: "/c", needed: 1, available: 0).description
    #expect(text.contains("/c has 0 MB free, 1 MB are needed"))
  }

  @Test func readsQMPMessages() throws {
    func parse(_ text: String) throws -> QMPClient.Message { try .parse(Array(text.utf8)) }
    #expect(try parse(#"{"QMP": {"version": {}}}"#) == .init())
    #expect(try parse(#"{"event": "RESUME", "timestamp": {"seconds": 1}}"#).event == "RESUME")
    #expect(try parse(#"{"return": {"status": "completed"}}"#).return?.status == "completed")
    #expect(try parse(#"{"return": {}}"#).return == .init())
    // QEMU counts megabits per second in fractions.
    let migration =
      #"{"return": {"status": "completed", "ram": {"total": 532480, "mbps": 1125.2}}}"#
    #expect(try parse(migration).return?.status == "completed")
    let refusal = try parse(#"{"error": {"class": "GenericError", "desc": "no"}}"#)
    #expect(refusal.error?.desc == "no")
    #expect(throws: LabError.self) { try parse("oops") }
  }

  @Test func diskDescriptorsAreFixed() {
    let bytes = AgentDisk.descriptors
    #expect(bytes.count == 3 * 2048)
    #expect(bytes[1..<6].elementsEqual("CD001".utf8))
    // 2048 in both byte orders.
    #expect(Array(bytes[128..<132]) == [0, 8, 8, 0])
  }
}
