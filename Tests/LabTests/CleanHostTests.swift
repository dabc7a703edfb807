// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// One Xen host that sees good and bad runs, and must look as before afterwards.
@Suite(.lab) struct CleanHost {
  @Test(arguments: DomainLoader.allCases)
  func afterAllKindsOfRunsOnlyDomain0IsLeft(loader: DomainLoader) throws {
    func request(_ name: String, _ commandLine: String = "") -> RunRequest {
      RunRequest(name: name, commandLine: commandLine, memoryKiB: 4096, loader: loader)
    }
    let lab = try LabConversation()
    let client = lab.client
    let hello = try image(Checkout.example("hello"))
    let crash = try image(Checkout.guest("crash"))
    let spin = try image(Checkout.guest("spin"))
    #expect(try client.run(request("hello"), kernel: hello).outcome == .exited(0))
    // The folders of libxl, and of our index of names, stay, empty, from the first domain on.
    let before = try xenstoreNodes(client)
    #expect(try client.run(request("trap", "trap"), kernel: crash).outcome == .crashed)
    #expect(try client.run(request("triple", "triple-fault"), kernel: crash).outcome == .crashed)
    var limited = request("spin")
    limited.timeLimitMilliseconds = 500
    #expect(try client.run(limited, kernel: spin).outcome == .timedOut)
    #expect(throws: AgentError.self) { try client.run(request("text"), kernel: Array("no".utf8)) }
    #expect(try client.run(request("hello"), kernel: hello).outcome == .exited(0))

    let list = try client.execute(["xl", "list"])
    let lines = String(decoding: list.standardOutput, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.last?.hasPrefix("Domain-0 ") == true)
    let changed = Set(try xenstoreNodes(client)).symmetricDifference(before)
    #expect(changed.isEmpty, "\(changed.sorted())")
  }

  /// An identity of zeros is the control domain's own.
  @Test func theControlDomainIsNeverReaped() throws {
    let lab = try LabConversation()
    let zeros = String(repeating: "0", count: 32)
    let output = try lab.client.execute(["/agent/agent", "reap", zeros])
    #expect(output.ending == .exited(0))
    #expect(try lab.execute("xenstore-read", "/local/domain/0/name") == "Domain-0")
  }

  private func image(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  /// All nodes of xenstore but those that a daemon counts up.
  private func xenstoreNodes(_ client: AgentClient) throws -> [Substring] {
    let output = try client.execute(["xenstore-ls", "-f"]).standardOutput
    return String(decoding: output, as: UTF8.self).split(separator: "\n")
  }
}
