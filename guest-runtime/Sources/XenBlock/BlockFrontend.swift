// SPDX-License-Identifier: Apache-2.0

import ByteText
public import XenABI
public import XenDevices
public import XenFrontends
import XenRings
import XenstoreWire

/// The guest's end of a virtual disk; the backend at the other end is not trusted.
///
/// Nothing here waits: `advance` goes as far as backend and xenstored have answered. Requests may be added at
/// any time. When the backend goes away and comes back, what it has not answered is issued again.
/// Source: `xen/include/public/io/blkif.h`.
public final class BlockFrontend<Machine: DeviceMachine, Store: DeviceStore> {
  private let machine: Machine
  private var bus: XenbusFrontend<Store>
  private var queue: BlockQueue<Machine>
  private let pageLimit: Int
  private var connection: (ring: GivenPage, port: EventChannelPort)?
  private var departing = DepartingPages()
  /// Why the connection is being left, and until when answers are waited for.
  private var leaving: (why: XenbusMachine.Departure, until: SystemTime)?
  private var wasConnected = false

  /// What the disk is like; nil before the first connection, the last known one while there is none.
  public private(set) var geometry: BlockGeometry?
  /// Why the disk works no more; nil as long as it does.
  public private(set) var failure: BlockError?
  /// Pages that a backend has not let go of: they are lost.
  public private(set) var lostPages = 0

  /// Turns of one step at most.
  private static var appetite: Int { 32 }
  /// How long a backend that wants to close may take to answer what is under way, in milliseconds.
  private static var patience: UInt64 { 5000 }

  /// The frontend of the disk with a number.
  ///
  /// - Parameters:
  ///   - disk: which one.
  ///   - pageLimit: pages that hold data on its way, at most; 33 at least.
  ///   - machine: Xen.
  ///   - store: xenstore.
  public init(_ disk: BlockName, pageLimit: Int, machine: Machine, store: Store) {
    self.machine = machine
    self.pageLimit = max(33, pageLimit)
    bus = XenbusFrontend(
      directory: [UInt8](text: "device/vbd/") + [UInt8](decimal: UInt64(disk.number)),
      details: BlockGeometry.nodes, store: store)
    queue = BlockQueue(handle: disk.number)
  }

  // MARK: What its owner sees

  public var state: BlockState {
    if let failure { return failure == .closed ? .closed : .failed }
    if bus.hasLooked, bus.machine.isDetached { return .detached }
    if bus.machine.phase == .connected { return .connected }
    return wasConnected ? .reconnecting : .connecting
  }

  /// How many requests have ended; it says whether one has since the last look.
  public var endCount: Int { queue.endCount }

  /// The channel by which the backend wakes us; nil if there is no connection.
  public var port: EventChannelPort? { connection?.port }

  /// Whether there is a connection, or will be none.
  public var isSettled: Bool { state == .connected || state == .failed || state == .closed }

  /// Whether nothing is left to do after `close`.
  public var isClosed: Bool { connection == nil && departing.isEmpty && bus.isClosed }

  /// Adds a request, which `advance` issues.
  public func add(_ request: BlockRequest) {
    if let failure {
      request.error = failure
      request.outcome = .failure(failure)
    } else {
      queue.add(request)
    }
  }

  /// Gives a request up that nobody waits for any more. What of it is under way may still take effect.
  public func abandon(_ request: BlockRequest) { queue.abandon(request) }

  /// Begins to close the disk for good: what is not answered fails. `advance` sees it through.
  public func close() {
    failure = .closed
    end(.closed, forGood: true)
  }

  // MARK: Going on

  /// Goes on as far as that goes without waiting.
  ///
  /// - Returns: When to call it again although nothing has happened; nil for never.
  public func advance() -> SystemTime? {
    collect()
    var hasMore: Bool
    var turns = 0
    repeat {
      hasMore = advanceQueue()
      leaveIfDone()
      turns += 1
      if turns == Self.appetite { hasMore = true }
    } while turns < Self.appetite && follow(bus.advance(now: machine.now()))
    if connection == nil, bus.hasLooked, bus.machine.isDetached { queue.fail(.detached) }
    if bus.hasFailed, connection == nil { queue.fail(.noXenstore) }
    let again = hasMore || bus.hasMore ? machine.now() : nil
    return [again, bus.deadline, leaving?.until, retry].compactMap { $0 }.min()
  }

  /// Takes pages back. A backend that keeps one has the device no more.
  private func collect() {
    let lost = departing.collect(machine)
    lostPages += lost
    if lost > 0 { end(.broken(.heldPages)) }
  }

  /// When to look again for pages that are to come back.
  private var retry: SystemTime? {
    departing.isEmpty ? nil : machine.now().advanced(byMilliseconds: 20)
  }

  /// Does what is to be done on the ring; true if there is more at once.
  private func advanceQueue() -> Bool {
    guard let connection, failure == nil else { return false }
    do throws(BlockFault) {
      return try queue.advance { machine.notify(connection.port) }
    } catch {
      end(.broken(error))
      return false
    }
  }

  /// Does what the nodes ask for; true if there may be more.
  private func follow(_ demand: XenbusFrontend<Store>.Demand?) -> Bool {
    switch demand {
    case .connect(let domain, _)?: connect(DomainID(rawValue: domain))
    case .complete(let values)?: complete(values)
    case .refresh(let values)?: refresh(values)
    case .leave(let departure)?: leave(departure)
    case nil: return false
    }
    return true
  }

  private func end(_ error: BlockError, forGood: Bool = false) {
    failure = failure ?? error
    queue.hold()
    queue.failAll(error)
    bus.end(forGood: forGood)
  }

  // MARK: The connection

  private func connect(_ domain: DomainID) {
    // A backend gets nothing more before it has let go of what it had: it could take all memory.
    if let retry { return bus.postpone(until: retry) }
    failure = nil
    let page: GivenPage
    do throws(DevicePageError) {
      page = try machine.givePage(to: domain)
    } catch {
      return end(.noPage(error))
    }
    do throws(HypercallError) {
      connection = (page, try machine.openChannel(to: domain))
    } catch {
      departing.add([page], now: machine.now())
      return end(.noPage(.noGrant(error)))
    }
    queue.connect(
      unsafe RequestRing(page: page.address, slotSize: BlockWire.slotSize),
      BlockPool(machine, for: domain, limit: pageLimit))
    bus.announce([
      ([UInt8](text: "ring-ref"), [UInt8](decimal: UInt64(page.reference))),
      ([UInt8](text: "event-channel"), [UInt8](decimal: UInt64(connection?.port.rawValue ?? 0))),
      ([UInt8](text: "protocol"), BlockWire.form),
      // Pages stay the backend's as long as the connection lasts: it may keep them mapped.
      ([UInt8](text: "feature-persistent"), [UInt8](text: "1")),
    ])
  }

  private func complete(_ values: [[UInt8]?]) {
    do throws(BlockError) {
      let geometry = try BlockGeometry(values)
      self.geometry = geometry
      queue.open(geometry)
      bus.complete()
    } catch {
      end(error)
    }
  }

  private func refresh(_ values: [[UInt8]?]) {
    do throws(BlockError) {
      let geometry = try BlockGeometry(values)
      self.geometry = geometry
      queue.open(geometry)
      if queue.outstanding > 0, let connection { machine.notify(connection.port) }
    } catch {
      end(error)
    }
  }

  private func leave(_ departure: XenbusMachine.Departure) {
    queue.hold()
    leaving = (departure, machine.now().advanced(byMilliseconds: Self.patience))
  }

  /// Leaves the ring when what is under way is answered, if the backend still answers.
  private func leaveIfDone() {
    guard let leaving else { return }
    if leaving.why == .asked, failure == nil, queue.outstanding > 0, machine.now() < leaving.until {
      return
    }
    self.leaving = nil
    wasConnected = wasConnected || bus.machine.phase == .connected
    var pages = queue.disconnect()
    if let connection {
      machine.close(connection.port)
      pages.append(connection.ring)
    }
    connection = nil
    departing.add(pages, now: machine.now())
    bus.left()
  }
}

/// How a disk is doing.
public enum BlockState: Equatable, Sendable {
  /// The backend is not there yet.
  case connecting
  case connected
  /// The backend has gone away, and is waited for.
  case reconnecting
  /// The disk was taken away.
  case detached
  /// The backend broke the protocol, or described a disk that cannot be; `failure` says how.
  case failed
  case closed
}
