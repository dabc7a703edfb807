// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import AttendedRuns
import CommandFixture
import Foundation
import SystemPackage
import Testing
import XenDomainModel
import XenLab

/// One private Xen host and the conversation with its agent, for tests that look at it from dom0.
final class LabConversation {
  private let host: LabHost
  private let attended: AttendedRun

  init() throws {
    let template = try Template.find(
      in: .standard, xen: .fromEnvironment(), xenstore: .fromEnvironment())
    let agent = Checkout.root.appending(path: ".build/release/pvh-agent").path
    host = try LabHost(restoring: template, agent: FilePath(agent))
    let client = AgentClient(incoming: host.channel, outgoing: host.channel)
    let xen = try client.greet(timeoutMilliseconds: 60_000).xenVersion
    print("[lab] \(Test.current?.name ?? "?"): Xen \(xen), \(template.xenstore), the lab")
    attended = AttendedRun(client)
  }

  deinit { host.stop() }

  var client: AgentClient { attended.client }

  var domainID: Int? { attended.domainID }

  /// What the guest has printed so far.
  var console: [UInt8] { attended.console }

  /// The same, as text.
  var text: String { String(decoding: console, as: UTF8.self) }

  /// Starts a guest and returns when its domain exists.
  func start(
    _ image: String, commandLine: String = "", loader: DomainLoader = .standard
  ) throws {
    let request = RunRequest(
      name: "guest", commandLine: commandLine, memoryKiB: 8192, timeLimitMilliseconds: 300_000,
      loader: loader)
    try attended.start(request, kernel: Array(try Data(contentsOf: URL(filePath: image))))
  }

  /// Runs a program in dom0, beside the guest; returns its standard output.
  func execute(_ arguments: String...) throws -> String { try execute(arguments) }

  /// Runs a program in dom0, beside the guest; returns its standard output.
  func execute(_ arguments: [String]) throws -> String {
    String(decoding: try attended.execute(arguments).standardOutput, as: UTF8.self)
      .trimmingCharacters(in: .newlines)
  }

  /// Waits until the guest has printed `text`.
  func waitFor(_ text: String) throws {
    try #require(
      try attended.wait(for: text) != nil, "the guest ended before; it printed \(self.text)")
  }

  /// Waits for the end of the run.
  func finish() throws -> Outcome { try attended.finish().outcome }
}
