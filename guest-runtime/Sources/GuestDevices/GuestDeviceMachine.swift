// SPDX-License-Identifier: Apache-2.0

import GuestGrants
package import GuestRuntime
package import XenABI
package import XenDevices
package import XenFrontends
import XenGrants

/// The drivers' `DeviceMachine`: pages of the heap, the domain's grant table, and Xen's event channels.
package struct GuestDeviceMachine: DeviceMachine {
  package init() {}

  package func givePage(
    to domain: DomainID, isReadOnly: Bool
  ) throws(DevicePageError) -> GivenPage {
    guard let page = unsafe GuestMemory.takePage() else { throw .noMemory }
    let frame = GuestFrameNumber(
      rawValue: UInt64(UInt(bitPattern: page)) >> UInt64(PageLayout.shift))
    do throws(GrantError) {
      let reference = try GuestGrants.withTable { (table) throws(GrantError) in
        try table.grant(frame, to: domain, isReadOnly: isReadOnly)
      }
      return unsafe GivenPage(address: page, reference: reference.rawValue)
    } catch {
      unsafe page.deallocate()
      switch error {
      case .exhausted(let error): throw .noGrant(error)
      case .notAFrame: throw .noMemory
      }
    }
  }

  package func takeBack(_ page: GivenPage) -> Bool {
    let reference = GrantReference(rawValue: page.reference)
    guard GuestGrants.withTable({ $0.end(reference) }) else { return false }
    unsafe page.address.deallocate()
    return true
  }

  package func giveUp(_ page: GivenPage) {
    GuestGrants.withTable { $0.quarantine(GrantReference(rawValue: page.reference)) }
  }

  package func openChannel(to domain: DomainID) throws(HypercallError) -> EventChannelPort {
    var argument = EventChannelAllocateArgument(for: domain)
    try XenHypercalls.issue(.eventChannel, HypercallOperation.allocateUnbound, &argument)
    return EventChannelPort(rawValue: argument.port)
  }

  package func close(_ port: EventChannelPort) {
    GuestEvents().close(EventChannel(port))
  }

  package func notify(_ port: EventChannelPort) { try? XenHypercalls().notify(port) }

  package func now() -> SystemTime { XenHypercalls().now() }
}

extension GuestText {
  /// Why a device has no page.
  package init(_ error: DevicePageError) {
    switch error {
    case .noMemory: self = "no memory for what it carries"
    case .noGrant(let error):
      self = "Xen gives this domain no more grants or event channels: error \(error.rawValue)"
    }
  }
}
