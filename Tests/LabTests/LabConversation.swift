// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import SystemPackage
import Testing
import XenLab

/// One private Xen host and the conversation with its agent, for tests that look at it from dom0.
final class LabConversation {
  private let host: LabHost
  let client: AgentClient
  private(set) var console: [UInt8] = []
  private(set) var result: RunResult?
  private(set) var domainID: Int?

  init() throws {
    let template = try Template.find(
      in: .standard, xen: .debian12, xenstore: .fromEnvironment(),
      agentProtocol: ProtocolVersion.current.rawValue)
    let agent = Checkout.root.appending(path: ".build/release/pvh-agent").path
    host = try LabHost(restoring: template, agent: FilePath(agent))
    client = AgentClient(incoming: host.channel.rawValue, outgoing: host.channel.rawValue)
    let xen = try client.greet(timeoutMilliseconds: 60_000).xenVersion
    print("[lab] \(Test.current?.name ?? "?"): Xen \(xen), the lab")
  }

  deinit { host.stop() }

  /// What the guest has printed so far.
  var text: String { String(decoding: console, as: UTF8.self) }

  /// Starts a guest and returns when its domain exists.
  func start(_ image: String, commandLine: String = "") throws {
    let request = RunRequest(
      name: "guest", commandLine: commandLine, memoryKiB: 8192, timeLimitMilliseconds: 60_000)
    try client.start(request, kernel: Array(try Data(contentsOf: URL(filePath: image))))
    while domainID == nil { try take(try client.next(timeoutMilliseconds: 60_000)) }
  }

  /// Runs a program in dom0, beside the guest; returns its standard output.
  func execute(_ arguments: String...) throws -> String { try execute(arguments) }

  /// Runs a program in dom0, beside the guest; returns its standard output.
  func execute(_ arguments: [String]) throws -> String {
    try client.send(.execute(ExecuteRequest(arguments: arguments)))
    while true {
      let activity = try client.next(timeoutMilliseconds: 60_000)
      if case .event(.output(let output)) = activity {
        return String(decoding: output.standardOutput, as: UTF8.self)
          .trimmingCharacters(in: .newlines)
      }
      try take(activity)
    }
  }

  /// Waits until the guest has printed `text`.
  func waitFor(_ text: String) throws {
    while !self.text.contains(text) {
      try #require(result == nil, "the guest ended and did not print \(text): \(self.text)")
      try take(try client.next(timeoutMilliseconds: 60_000))
    }
  }

  /// Waits for the end of the run.
  func finish() throws -> Outcome {
    while true {
      if let result { return result.outcome }
      try take(try client.next(timeoutMilliseconds: 60_000))
    }
  }

  private func take(_ activity: AgentClient.Activity) throws {
    switch activity {
    case .event(.created(let domain)): domainID = domain.domainID
    case .event(.console(let bytes)): console += bytes
    case .event(.finished(let end)): result = end
    case .event(.failed(let failure)): throw failure
    case .timedOut: throw AgentError.silent(milliseconds: 60_000)
    default: break
    }
  }
}
