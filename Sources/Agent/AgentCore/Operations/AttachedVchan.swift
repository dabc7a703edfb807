// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage
import XenToolstack

/// A guest's vchan, attached to pvh.
final class AttachedVchan: Attachment {
  /// Bytes of output that one turn passes on at most: the guest may write without end.
  private static let turn = 64 << 10
  /// Milliseconds between looks whether the domain still runs: the page of a guest that has died looks as
  /// before, and nobody notifies.
  private static let lookInterval = 200

  private let name: String
  private let domain: Domain
  private let host: ControlDomain
  private let client: VchanClient
  /// What is to be written.
  private var waiting = ByteQueue()
  /// Bytes that are written and were not reported as taken.
  private var unreported = 0
  private var nextLook: MonotonicTime
  /// Whether the last turn left output.
  private var hasMore = false

  init(of reference: String, at path: String, host: ControlDomain) throws(ToolstackError) {
    name = reference
    self.host = host
    domain = try DomainReference(reference, host: host).domain()
    client = try host.connectVchan(of: domain, at: path)
    nextLook = .now.adding(milliseconds: Self.lookInterval)
  }

  /// Adds bytes to write; false if they are more than pvh may have under way.
  func enqueue(input bytes: [UInt8]) -> Bool {
    guard waiting.count + unreported + bytes.count <= AgentClient.inputWindow else { return false }
    waiting.append(bytes)
    return true
  }

  /// Passes bytes both ways as far as it goes now; true when the vchan is over.
  func advance(_ agent: Agent) -> Bool {
    do throws(ToolstackError) {
      client.takeEvents()
      passInput()
      // Asked before the last look at the ring, in which then all of it is.
      let hasEnded = try looksDead(now: .now)
      let isOver = passOutput(agent)
      reportTaken(agent)
      guard !isOver else {
        if let failure = client.failure { throw broken(failure) }
        agent.send(.done(nil))
        return true
      }
      guard hasEnded, !hasMore, agent.outputRoom > 0 else { return false }
      throw ToolstackError(
        .noSuchDomain, "the guest of \"\(name)\" ended without closing its vchan")
    } catch {
      agent.fail(.vchan, error)
      return true
    }
  }

  func add(to polled: inout PollSet, outputRoom: Int) {
    polled.add(client.descriptor)
    polled.wake(at: hasMore && outputRoom > 0 ? .now : nextLook)
  }

  private func broken(_ fact: String) -> ToolstackError {
    ToolstackError(.other, "the guest of \"\(name)\" broke the protocol of vchans: \(fact)")
  }

  private func passInput() {
    while !waiting.isEmpty, let count = client.write(Array(waiting.content.prefix(Self.turn))),
      count > 0
    {
      waiting.removeFirst(count)
      unreported += count
    }
  }

  private func reportTaken(_ agent: Agent) {
    guard unreported > 0, let unread = client.unread(), unread < unreported else { return }
    agent.send(.inputAccepted(unreported - unread))
    unreported = unread
  }

  /// Passes on what the guest has written; true if it has closed its end, and that was all.
  private func passOutput(_ agent: Agent) -> Bool {
    var room = min(agent.outputRoom, Self.turn)
    var output: [UInt8] = []
    var isOver = false
    while room > 0, !isOver {
      guard let bytes = client.read(atMost: room) else {
        isOver = true
        break
      }
      guard !bytes.isEmpty else { break }
      output += bytes
      room -= bytes.count
    }
    hasMore = room == 0 && !isOver
    if !output.isEmpty { agent.send(.vchan(output)) }
    return isOver
  }

  private func looksDead(now: MonotonicTime) throws(ToolstackError) -> Bool {
    guard now >= nextLook else { return false }
    nextLook = now.adding(milliseconds: Self.lookInterval)
    client.remind()
    return switch try host.state(of: domain) {
    case .shutDown, .dying, .gone, .waiting, .ended: true
    case .running, .blocked, .paused: false
    }
  }
}
