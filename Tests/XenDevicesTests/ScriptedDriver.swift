// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import XenABI
import XenDevices
import XenFrontends

/// The driver of a device that has one ring and does nothing with it.
final class ScriptedDriver: RunFrontend {
  let world = DeviceWorld()
  private(set) var bus: XenbusFrontend<FakeNodeStore>
  private var ring: (page: GivenPage, port: EventChannelPort)?
  private var departing = DepartingPages()
  private(set) var lostPages = 0
  /// What was asked of it, in short.
  private(set) var demands: [String] = []
  /// What the backend said of the device the last time.
  private(set) var details: [String?] = []
  /// What it said of the device when connections were completed.
  private(set) var completed: [[String?]] = []
  /// Ends the device instead of what it is asked.
  var endsAt: String?
  /// Whether it waits for departing pages before it gives new ones.
  var isCareful = true

  init(_ order: XenbusMachine.Order = .backendFirst, ownDetails: [String] = []) {
    bus = XenbusFrontend(
      directory: Array("device/vbd/51712".utf8),
      details: [Array("sectors".utf8), Array("info".utf8)],
      ownDetails: ownDetails.map { Array($0.utf8) }, order: order, store: world.store)
    world.frontend = self
  }

  var xen: FakeDeviceXen { world.xen }
  var store: FakeNodeStore { world.store }
  var phase: XenbusMachine.Phase { bus.machine.phase }
  var isConnected: Bool { phase == .connected }
  var hasRing: Bool { ring != nil }

  func end(forGood: Bool = true) { bus.end(forGood: forGood) }

  /// Whether it is closed, and has everything back.
  var isClosed: Bool { bus.isClosed && ring == nil && departing.isEmpty }

  func advance() -> SystemTime? {
    lostPages += departing.collect(xen)
    for _ in 0..<100 {
      guard let demand = bus.advance(now: xen.now()) else { break }
      follow(demand)
    }
    let retry = departing.isEmpty ? nil : xen.now().advanced(byMilliseconds: 20)
    let again = bus.hasMore ? xen.now() : nil
    return [bus.deadline, retry, again].compactMap { $0 }.min()
  }

  private func follow(_ demand: XenbusFrontend<FakeNodeStore>.Demand) {
    switch demand {
    case .connect(let id, let values):
      if isCareful, !departing.isEmpty {
        return bus.postpone(until: xen.now().advanced(byMilliseconds: 20))
      }
      note("connect \(id)")
      if !values.isEmpty { keep(values) }
      if endsAt == "connect" { return end(forGood: false) }
      connect(DomainID(rawValue: id))
    case .complete(let values):
      note("complete")
      keep(values)
      completed.append(details)
      if endsAt == "complete" { return end(forGood: false) }
      bus.complete()
    case .refresh(let values):
      note("refresh")
      keep(values)
      if endsAt == "refresh" { end(forGood: false) }
    case .leave(let why):
      note("leave \(why)")
      if endsAt == "leave" { end(forGood: false) }
      leave()
    }
  }

  private func note(_ demand: String) { demands.append(demand) }

  private func keep(_ values: [[UInt8]?]) {
    details = values.map { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  private func connect(_ domain: DomainID) {
    if ring != nil { xen.note("rings are made although there are some") }
    guard let page = try? xen.givePage(to: domain) else { return bus.end(forGood: false) }
    guard let port = try? xen.openChannel(to: domain) else {
      departing.add([page], now: xen.now())
      return bus.end(forGood: false)
    }
    ring = (page, port)
    bus.announce([
      (Array("ring-ref".utf8), Array("\(page.reference)".utf8)),
      (Array("event-channel".utf8), Array("\(port.rawValue)".utf8)),
    ])
  }

  private func leave() {
    if let ring {
      xen.close(ring.port)
      departing.add([ring.page], now: xen.now())
    } else {
      xen.note("rings are left that are not there")
    }
    ring = nil
    bus.left()
  }
}

extension ScriptedDriver {
  /// A device with a backend, which is connected.
  static func connected(
    _ order: XenbusMachine.Order = .backendFirst
  ) -> (ScriptedDriver, FakeBackend) {
    let driver = ScriptedDriver(order)
    let backend = driver.world.addBackend()
    backend.attach()
    driver.world.run { driver.isConnected }
    driver.world.run()
    return (driver, backend)
  }

  /// Ends it, and says what is left afterwards.
  func finish() -> [String] {
    end()
    let isDone = world.run { isClosed }
    return world.leftovers() + (isDone ? [] : ["it is not closed: \(phase)"])
  }
}
