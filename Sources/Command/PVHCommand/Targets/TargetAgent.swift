// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import PVHTargets
import SystemPackage
import XenDomainModel
import XenLab

/// The agent of a target, started when it is first needed.
final class TargetAgent {
  /// Where it is.
  let target: Target
  private let purpose: Target.Purpose
  private var connection: AgentConnection?

  init(_ target: Target, for purpose: Target.Purpose) {
    self.target = target
    self.purpose = purpose
  }

  /// The conversation with the agent, which is to build a domain with `loader`.
  ///
  /// - Throws: A `Problem` if it cannot be started, or the target has no control domain.
  func connect(loader: DomainLoader) throws(Problem) -> AgentConnection {
    if let connection { return connection }
    let started = try target.connect(for: purpose, loader: loader)
    connection = started
    return started
  }

  /// Has an xl.cfg file read by Xen's own library: where the domain will be, if that is up.
  func parse(_ text: [UInt8], file: String) throws(Problem) -> DomainSpec {
    // No lab is started for a file that may be wrong, and this process cannot load Xen's library.
    let hasConnection = connection != nil
    let isUp = hasConnection ? true : try target.isUp(for: purpose)
    if target.isHere || !isUp {
      if let description = try Self.parseHere(text, file: file) { return description }
      guard target != .qemu, !target.isHere else {
        throw Problem(
          "\(file) is a configuration of xl, which Xen's own library reads, and this machine has none "
            + "for pvh-agent; install it (on Debian libxenmisc\(XenRelease.ofThisMachine.version)), or write "
            + "the configuration in JSON", status: .usage)
      }
    }
    return try connect(loader: .xenguest).ask { (client: AgentClient) throws(AgentError) in
      try client.parse(text, file: file)
    }
  }

  /// Has it read on this machine, where there is no Xen but perhaps its library; nil if there is none.
  private static func parseHere(_ text: [UInt8], file: String) throws(Problem) -> DomainSpec? {
    let process = try AgentProcess(AgentProgram.beside(), [])
    defer { process.end() }
    let client = AgentClient(incoming: process.output, outgoing: process.input)
    do throws(AgentError) {
      do throws(AgentError) {
        _ = try client.greet()
      } catch .failed(let failure) where failure.kind == .toolstack(.xenUnavailable) {
        // Reading needs no Xen.
      }
      return try client.parse(text, file: file)
    } catch .failed(let failure) where failure.kind == .toolstack(.xenUnavailable) {
      return nil
    } catch {
      throw Problem(error)
    }
  }

  /// Ends the agent if it was started, and its host if that is private.
  func close() { connection?.close() }
}
