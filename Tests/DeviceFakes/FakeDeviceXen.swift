// SPDX-License-Identifier: Apache-2.0

import Foundation
package import XenABI
package import XenDevices
package import XenFrontends

/// The machine of a driver under test, and Xen as its backend sees it; stricter than both.
///
/// What a driver must not do is noted in `faults`: a page that is used after it came back, or given up although
/// nobody holds it, a channel that is used after it was closed. No number is used twice.
package final class FakeDeviceXen: DeviceMachine {
  /// A page that a domain may use.
  private struct Grant {
    let address: UnsafeMutableRawPointer
    let domain: UInt16
    let isReadOnly: Bool
    var mappings = 0
  }

  private var grants: [UInt32: Grant] = [:]
  private var nextReference: UInt32 = 8
  private var nextPort: UInt32 = 10
  /// Pages that came back, with a pattern in them: who writes to one is found out.
  private var returned: [UnsafeMutableRawPointer] = []
  private var given: [UnsafeMutableRawPointer] = []
  private static let pattern: UInt8 = 0xa5
  private let untouched = [UInt8](repeating: pattern, count: 4096)

  package private(set) var channels: [EventChannelPort: UInt16] = [:]
  /// Channels whose backend has an event that it did not look at.
  package var woken: Set<EventChannelPort> = []
  package private(set) var faults: [String] = []
  package private(set) var notifications = 0
  package private(set) var lostPages = 0
  /// The most pages that were given at a time.
  package private(set) var mostPages = 0
  package private(set) var channelsOpened = 0

  /// Pages that there are, at a time.
  package var pageLimit = Int.max
  /// Grants that there are, at a time.
  package var grantLimit = Int.max
  package var channelLimit = Int.max
  package var time = SystemTime(rawValue: 1_000_000_000)
  /// What others do whenever the driver asks for the time, or notifies: in the middle of things.
  package var meddle: () -> Void = {}

  package init() {}

  deinit { for page in given + returned { page.deallocate() } }

  /// Notes what must not be, once.
  package func note(_ fault: String) { if !faults.contains(fault) { faults.append(fault) } }

  // MARK: The driver's side

  package func givePage(
    to domain: DomainID, isReadOnly: Bool
  ) throws(DevicePageError) -> GivenPage {
    guard grants.count + lostPages < pageLimit else { throw .noMemory }
    guard grants.count < grantLimit else { throw .noGrant(HypercallError(rawValue: 28)) }
    let page = freshPage()
    defer { nextReference += 1 }
    grants[nextReference] = Grant(
      address: page, domain: domain.rawValue, isReadOnly: isReadOnly)
    given.append(page)
    mostPages = max(mostPages, grants.count)
    return GivenPage(address: page, reference: nextReference)
  }

  private func freshPage() -> UnsafeMutableRawPointer {
    // The one that came back first: late writes have had their time.
    let page: UnsafeMutableRawPointer
    if returned.count > 64 {
      page = returned.removeFirst()
      check(page)
    } else {
      page = .allocate(byteCount: 4096, alignment: 4096)
    }
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    return page
  }

  private func check(_ page: UnsafeMutableRawPointer) {
    if memcmp(page, untouched, 4096) != 0 { note("a page was written to after it came back") }
  }

  package func takeBack(_ page: GivenPage) -> Bool {
    guard let grant = grants[page.reference], grant.address == page.address else {
      note("a page is taken back that is not given: \(page.reference)")
      return true
    }
    guard grant.mappings == 0 else { return false }
    grants[page.reference] = nil
    given.removeAll { $0 == page.address }
    page.address.initializeMemory(as: UInt8.self, repeating: Self.pattern, count: 4096)
    returned.append(page.address)
    return true
  }

  package func giveUp(_ page: GivenPage) {
    guard let grant = grants[page.reference] else {
      return note("a page is given up that is not given: \(page.reference)")
    }
    if grant.mappings == 0 { note("a page is given up that nobody holds") }
    grants[page.reference] = nil
    lostPages += 1
  }

  package func openChannel(to domain: DomainID) throws(HypercallError) -> EventChannelPort {
    guard channels.count < channelLimit else { throw HypercallError(rawValue: 28) }
    let port = EventChannelPort(rawValue: nextPort)
    nextPort += 1
    channelsOpened += 1
    channels[port] = domain.rawValue
    return port
  }

  package func close(_ port: EventChannelPort) {
    if channels.removeValue(forKey: port) == nil { note("a channel is closed that is not open") }
    woken.remove(port)
  }

  package func notify(_ port: EventChannelPort) {
    guard channels[port] != nil else { return note("a channel is used that is not open") }
    notifications += 1
    woken.insert(port)
    meddle()
  }

  package func now() -> SystemTime {
    meddle()
    return time
  }

  // MARK: The backend's side

  /// Maps a page as a domain; nil if it may not.
  package func map(
    _ reference: UInt32, as domain: UInt16, isReadOnly: Bool = false
  ) -> UnsafeMutableRawPointer? {
    guard let grant = grants[reference], grant.domain == domain, isReadOnly || !grant.isReadOnly
    else { return nil }
    grants[reference]?.mappings += 1
    return grant.address
  }

  /// Unmaps a page; one that was given up stays lost.
  package func unmap(_ reference: UInt32) {
    guard let grant = grants[reference], grant.mappings > 0 else { return }
    grants[reference]?.mappings -= 1
  }

  // MARK: What is left

  package var pageCount: Int { grants.count }

  /// Faults, and what should not be there when all is over.
  package func leftovers() -> [String] {
    for page in returned { check(page) }
    return faults + (grants.isEmpty ? [] : ["\(grants.count) pages are still given"])
      + (channels.isEmpty ? [] : ["\(channels.count) channels are still open"])
  }

  package func pass(milliseconds: UInt64) { time = time.advanced(byMilliseconds: milliseconds) }
}

/// What a machine may have too few of.
package enum Shortage: CaseIterable {
  case memory, grants

  /// Leaves it so many.
  package func limit(_ xen: FakeDeviceXen, _ count: Int) {
    if self == .memory { xen.pageLimit = count } else { xen.grantLimit = count }
  }
}
