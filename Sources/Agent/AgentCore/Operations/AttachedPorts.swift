// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import DomainSupervision
import HostSystem
import XenDomainModel
import XenToolstack

/// Connections of pvh to ports of a guest that this conversation has not started.
///
/// A supervised guest may end and be started again meanwhile: then they lead to the new one.
final class AttachedPorts: Attachment {
  /// Milliseconds between looks whether the guest still runs.
  private static let lookInterval = 500

  private let name: String
  private let host: ControlDomain
  private var guest: (domain: Domain, forwarding: GuestForwarding)?
  private var nextLook = MonotonicTime.now

  init(of reference: String, host: ControlDomain) throws(ToolstackError) {
    name = reference
    self.host = host
    let domain = try DomainReference(reference, host: host).domain()
    guard try interface(of: domain) != nil else {
      throw ToolstackError(
        .badConfiguration,
        "\"\(reference)\" has no network interface: pvh run --net gives a guest one")
    }
    // What pvh says next may be a connection.
    _ = try look()
  }

  func forward(_ part: ForwardedPart, _ agent: Agent) {
    if let guest { return guest.forwarding.take(part, agent) }
    guard case .open = part.content else { return }
    agent.send(
      .forward(ForwardedPart(part.connection, .broken("the guest is being started again"))))
  }

  func enqueue(input bytes: [UInt8]) -> Bool { bytes.isEmpty }

  func advance(_ agent: Agent) -> Bool {
    do throws(ToolstackError) {
      let now = MonotonicTime.now
      if now >= nextLook {
        nextLook = now.adding(milliseconds: Self.lookInterval)
        if let guest, try !host.state(of: guest.domain).isAlive {
          for number in guest.forwarding.conclude(agent) {
            agent.send(.forward(ForwardedPart(number, .end)))
          }
          self.guest = nil
        }
        if guest == nil, try !look() {
          agent.send(.done(nil))
          return true
        }
      }
      guest?.forwarding.advance(agent)
      return false
    } catch {
      agent.fail(.publish, error)
      return true
    }
  }

  func add(to waiting: inout PollSet, outputRoom: Int) {
    waiting.wake(at: nextLook)
    guest?.forwarding.add(to: &waiting, outputRoom: outputRoom)
  }

  /// Looks for the guest's domain; false if there will be none any more.
  private func look() throws(ToolstackError) -> Bool {
    let found: DomainReference
    do throws(ToolstackError) {
      found = try DomainReference(name, host: host)
    } catch {
      guard error.kind == .noSuchDomain else { throw error }
      return false
    }
    guard let domain = found.information?.domain, try host.state(of: domain).isAlive else {
      return found.record.map { $0.phase != .ended } ?? false
    }
    guest = (
      domain, GuestForwarding(to: domain, through: try interface(of: domain), host: host)
    )
    return true
  }

  private func interface(of domain: Domain) throws(ToolstackError) -> DomainInterface? {
    guard let first = try host.interfaces(of: domain).first(where: { $0.number == 0 }),
      let mac = MACAddress(first.mac)
    else { return nil }
    return DomainInterface(bridge: first.bridge, mac: mac)
  }
}
