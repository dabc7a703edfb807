// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

/// Disks of domains that exist.
extension Agent {
  /// Does what pvh asks about devices.
  func handleDevices(_ request: Request) {
    switch request {
    case .attachDisk(let attachment): attach(attachment)
    case .detachDisk(let detachment): detach(detachment)
    case .disks(let domain): listDisks(of: domain)
    case .interfaces(let domain): listInterfaces(of: domain)
    default: break
    }
  }

  /// Gives a domain another disk.
  private func attach(_ attachment: DiskAttachment) {
    do throws(ToolstackError) {
      let content = try files.takeDisk(byteCount: attachment.byteCount)
      let host = try controlDomain()
      let domain = try DomainReference(attachment.domain, host: host).domain()
      try host.attach(attachment.disk, content: content, to: domain)
      send(.done(nil))
    } catch {
      fail(.act, error)
    }
  }

  /// Takes a disk away from a domain.
  private func detach(_ detachment: DiskDetachment) {
    do throws(ToolstackError) {
      let host = try controlDomain()
      let domain = try DomainReference(detachment.domain, host: host).domain()
      try host.detach(detachment.name, from: domain, forced: detachment.isForced)
      send(.done(nil))
    } catch {
      fail(.act, error)
    }
  }

  /// Says which disks a domain has.
  private func listDisks(of reference: String) {
    do throws(ToolstackError) {
      let host = try controlDomain()
      let domain = try DomainReference(reference, host: host).domain()
      let disks = try host.disks(of: domain).map {
        DiskSummary(
          name: $0.name, path: $0.path, isReadOnly: $0.isReadOnly, isConnected: $0.isConnected,
          byteCount: $0.byteCount)
      }
      send(.disks(disks))
    } catch {
      fail(.show, error)
    }
  }
}
