// SPDX-License-Identifier: Apache-2.0

import ByteText
public import XenABI
public import XenDevices
public import XenFrontends
import XenRings
import XenstoreWire

/// The guest's end of a virtual network interface; the backend at the other end is not trusted.
///
/// Nothing here waits: `advance` goes as far as backend and xenstored have answered. Frames are lost when the
/// backend goes away, as on any network; it may come back.
/// Source: `xen/include/public/io/netif.h`.
public final class NetFrontend<Machine: DeviceMachine, Store: DeviceStore> {
  let machine: Machine
  var bus: XenbusFrontend<Store>
  /// Pages for frames in each direction, at most.
  let pageLimit: Int
  var connection: NetConnection?
  var sender: NetSender<Machine>?
  var receiver: NetReceiver<Machine>?
  var departing = DepartingPages()
  var wasConnected = false

  /// What the interface is like; nil before there was a backend, the last known while there is none.
  public internal(set) var details: NetDetails?
  /// Why the interface works no more; nil as long as it does.
  public internal(set) var failure: NetError?
  /// What it has carried.
  public internal(set) var statistics = NetStatistics()
  /// Pages that a backend has not let go of: they are lost.
  public private(set) var lostPages = 0

  /// Turns of one step at most.
  private static var turnLimit: Int { 32 }

  /// The frontend of an interface.
  ///
  /// - Parameters:
  ///   - number: which one: `device/vif/0` is the first.
  ///   - pageLimit: pages that hold frames on their way, at most: half of them in each direction, up to 256; 36
  ///     at least.
  ///   - machine: Xen.
  ///   - store: xenstore.
  public init(_ number: Int, pageLimit: Int, machine: Machine, store: Store) {
    self.machine = machine
    self.pageLimit = min(256, max(NetifWire.slotLimit, pageLimit / 2))
    bus = XenbusFrontend(
      directory: [UInt8](text: "device/vif/") + [UInt8](decimal: UInt64(number)),
      details: NetDetails.nodes, ownDetails: NetDetails.ownNodes, order: .frontendFirst,
      store: store)
  }

  // MARK: What its owner sees

  public var state: NetState {
    if let failure { return failure == .closed ? .closed : .failed }
    if bus.hasLooked, bus.machine.isDetached { return .detached }
    if bus.machine.phase == .connected { return .connected }
    return wasConnected ? .reconnecting : .connecting
  }

  /// The channels of the two rings, which may be the same; nil if there is no connection.
  public var ports: (send: EventChannelPort, receive: EventChannelPort)? {
    connection.map { ($0.sendPort, $0.receivePort) }
  }

  /// Whether there is a connection, or will be none.
  public var isSettled: Bool { state == .connected || state == .failed || state == .closed }

  /// Whether nothing is left to do after `close`.
  public var isClosed: Bool { connection == nil && departing.isEmpty && bus.isClosed }

  /// Begins to close the interface for good. `advance` sees it through.
  public func close() {
    failure = .closed
    end(.closed, forGood: true)
  }

  // MARK: Frames

  /// Hands on a frame that was received, if there is one. It is a copy: the backend cannot change it.
  ///
  /// - Parameter body: gets the frame from its Ethernet header on, and what is known of it. It may send.
  /// - Returns: Whether there was one. After false `advance` is to be called, which says if there are more.
  public func receive(_ body: (_ frame: RawSpan, _ received: NetReceived) -> Void) -> Bool {
    // No buffers are posted in here, so a backend that sends without end sends as much as there are.
    while failure == nil {
      let arrival: NetReceiver<Machine>.Arrival?
      do throws(NetFault) {
        arrival = try receiver?.take()
      } catch {
        end(.broken(error))
        return false
      }
      switch arrival {
      case nil, .nothing?: return false
      case .rejected?: statistics.received.errors &+= 1
      case .frame(let count, let received)?:
        statistics.received.count(count)
        // Held on to, so that it stays as it is whatever is done in between.
        guard let frame = receiver?.frame else { return false }
        // SAFETY: all of them have a value.
        body(unsafe frame.span.bytes.extracting(0..<count), received)
        return true
      }
    }
    return false
  }

  /// Sends a frame, which the backend sees after the next `advance`. One of a kind that the backend does not take
  /// is dropped and counted: `details` says which there are.
  ///
  /// - Parameters:
  ///   - count: bytes of the frame, from its Ethernet header on.
  ///   - offload: what the backend is to do with it.
  ///   - fill: is called for each page of the frame, with the offset in the frame at which the page begins and its
  ///     bytes, all of which it writes. It calls nothing of the interface.
  /// - Returns: Whether it was taken. After false, there is room when `room` says so, for which `advance` sees to
  ///   it that an event comes, or there is no connection.
  public func transmit(
    _ count: Int, _ offload: NetOffload = .none,
    fill: (_ offset: Int, _ page: inout MutableRawSpan) -> Void
  ) -> Bool {
    guard failure == nil, let details, sender != nil else { return false }
    guard count >= NetifWire.headerSize, count <= NetifWire.sendLimit,
      details.offloads.take(count, offload)
    else {
      statistics.sent.drops &+= 1
      return true
    }
    guard sender?.makeRoom(count, offload) == true else {
      // Nothing under way could bring a page: there is none.
      guard sender?.isIdle == true else { return false }
      statistics.sent.drops &+= 1
      return true
    }
    sender?.add(count, offload, fill: fill)
    statistics.sent.count(count)
    return true
  }

  /// Whether a frame of the usual length can be sent now.
  public var room: Bool {
    failure == nil && sender?.makeRoom(details?.mtu ?? NetDetails.usualMTU, .none) == true
  }

  // MARK: Going on

  /// Goes on as far as that goes without waiting, and shows the backend what was sent.
  ///
  /// - Returns: When to call it again although nothing has happened; nil for never.
  public func advance() -> SystemTime? {
    collect()
    var hasMore = false
    var turns = 0
    repeat {
      // Also what was found in an earlier turn: it is said once that there is room.
      hasMore = advanceRings() || hasMore
      turns += 1
      if turns == Self.turnLimit { hasMore = true }
    } while turns < Self.turnLimit && follow(bus.advance(now: machine.now()))
    let again = hasMore || bus.hasMore ? machine.now() : nil
    return [again, bus.deadline, retry].compactMap { $0 }.min()
  }

  /// Takes pages back. A backend that keeps one has the device no more.
  private func collect() {
    let lost = departing.collect(machine)
    lostPages += lost
    if lost > 0 { end(.broken(.heldPages)) }
  }

  /// When to look again for pages that are to come back.
  var retry: SystemTime? {
    departing.isEmpty ? nil : machine.now().advanced(byMilliseconds: 20)
  }

  /// Does what is to be done on the rings; true if there is more at once.
  private func advanceRings() -> Bool {
    guard let connection, failure == nil else { return false }
    do throws(NetFault) {
      let hasRoom = try sender?.takeResponses(&statistics.sent) == true
      let isSendWanted = sender?.publish() == true
      let isPostWanted = receiver?.post() == true
      if isSendWanted { machine.notify(connection.sendPort) }
      if isPostWanted, !isSendWanted || connection.isSplit {
        machine.notify(connection.receivePort)
      }
      return receiver?.expectFrame() == true || hasRoom
    } catch {
      end(.broken(error))
      return false
    }
  }

  /// Does what the nodes ask for; true if there may be more.
  private func follow(_ demand: XenbusFrontend<Store>.Demand?) -> Bool {
    switch demand {
    case .connect(let domain, let values)?: connect(DomainID(rawValue: domain), values)
    case .complete?: bus.complete()
    case .refresh(let values)?: refresh(values)
    case .leave?: leave()
    case nil: return false
    }
    return true
  }

  func end(_ error: NetError, forGood: Bool = false) {
    failure = failure ?? error
    bus.end(forGood: forGood)
  }
}
