// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
package import GuestDevices
package import GuestRuntime
package import NetStack
import NetWire
package import XenFrontends
package import XenNet
import _Concurrency

/// An interface as tasks wait for it: the driver of the device, and the stack above it.
package final class NetworkDriver: PumpedDriver, @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  package let number: Int
  package let frontend: NetFrontend<GuestDeviceMachine, GuestDeviceStore>
  /// nil before the first connection.
  package private(set) var stack: NetStack?
  private let settings: AddressSettings?
  /// The guest's command line, for what else begins with the interface.
  package internal(set) var commandLine: BootBytes?
  package let xenstore: GuestXenstore
  private let secret: (UInt64, UInt64)
  /// A frame for which there was no room, and until when it waits.
  private var pending: (frame: OutgoingFrame, until: SystemTime)?
  private var isConnected = false
  /// What others waited for in the layer beside IPv4 when it was last looked at.
  private var layerChanges = 0
  var lastAddress = IPv4Address.unspecified
  /// Why the stack cannot begin.
  package private(set) var mistake: AddressSettings.Mistake?
  /// The address that xenstore has, and whether it is being told.
  var reported: IPv4Address?
  var isReporting = false

  /// Frames that are taken in one turn.
  private static var turnLimit: Int { 64 }
  /// How long a backend may take nothing before frames are lost, in milliseconds.
  private static var patience: UInt64 { 1000 }

  init(
    _ number: Int, pageLimit: Int, settings: AddressSettings?, xenstore: GuestXenstore,
    secret: (UInt64, UInt64)
  ) {
    self.number = number
    self.settings = settings
    self.xenstore = xenstore
    self.secret = secret
    frontend = NetFrontend(
      number, pageLimit: pageLimit, machine: GuestDeviceMachine(), store: GuestDeviceStore())
  }

  /// The address, or the last one that it had.
  var address: IPv4Address { stack?.configuration?.prefix.address ?? lastAddress }

  /// Whether openers need not wait any longer.
  package var isSettled: Bool {
    stack?.configuration != nil || stack?.hasLostAddress == true || mistake != nil
      || frontend.state == .failed || frontend.state == .closed
  }

  /// Closes the interface for good: what waits on it fails.
  func close() {
    stack?.close()
    frontend.close()
  }

  // MARK: Going on

  package var isClosed: Bool { frontend.isClosed }
  package var ports: DriverPorts { DriverPorts(frontend.ports?.send, frontend.ports?.receive) }

  package func advance() -> SystemTime? {
    guard let stack else {
      let again = frontend.advance()
      begin()
      return self.stack == nil ? again : SystemTime(rawValue: 0)
    }
    let now = SystemTime.now
    var count = 0
    while count < Self.turnLimit,
      frontend.receive({ frame, received in
        stack.receive(frame, isVerified: received.isVerified || received.isBlank, now: now)
      })
    {
      count += 1
    }
    followConnection(stack, now)
    let mayGainRoom = stack.hasWaitingFrames
    send(stack, now)
    let again = frontend.advance()
    report(stack)
    // Others are looked at again: something came for them, or there is room again. A transport's packets make none.
    let changes = stack.layer?.changes ?? 0
    if count > 0 || mayGainRoom || changes != layerChanges { Waiters.lookAgain() }
    layerChanges = changes
    // While a frame waits, the stack is not asked for more.
    let own = pending.map { $0.until } ?? stack.deadline
    return [again, own, count == Self.turnLimit ? now : nil].compactMap { $0 }.min()
  }

  /// Hands frames to the driver. Without a connection, or with a backend that takes none, they are lost, as without
  /// a cable: the stack's time goes on.
  private func send(_ stack: NetStack, _ now: SystemTime) {
    if let pending, now >= pending.until { self.pending = nil }
    while let frame = pending?.frame ?? stack.nextFrame(now: now) {
      let until = pending?.until
      pending = nil
      guard isConnected else { continue }
      let offload = NetOffload(
        isBlank: frame.isChecksumBlank, segmentSize: UInt16(frame.segmentSize),
        isIPv6: frame.isIPv6)
      guard frontend.transmit(frame.count, offload, fill: { frame.copy(from: $0, into: &$1) })
      else {
        // What it refers to may have changed until there is room.
        pending = (frame.kept(), until ?? now.advanced(byMilliseconds: Self.patience))
        break
      }
    }
  }

  // MARK: The connection

  /// Makes the stack when the interface is known.
  private func begin() {
    guard let link, frontend.state == .connected, mistake == nil else { return }
    do throws(AddressSettings.Mistake) {
      let text = frontend.details?.ip ?? []
      let fromBackend = text.isEmpty ? nil : try AddressSettings(Self.firstWord(text))
      let stack = NetStack(link, secret: secret)
      let now = SystemTime.now
      switch settings ?? fromBackend ?? .dhcp {
      case .dhcp: stack.startDHCP(now: now)
      case .fixed(let configuration): stack.configure(configuration, now: now)
      }
      self.stack = stack
      isConnected = true
    } catch {
      mistake = error
      Waiters.lookAgain()
    }
  }

  /// A node may have several addresses; the first one counts.
  private static func firstWord(_ text: [UInt8]) -> [UInt8] {
    Array(text.split(separator: 0x20).first ?? [])
  }

  private var link: NetStack.Link? {
    frontend.details.map {
      var link = NetStack.Link(
        $0.address, mtu: $0.mtu, completesChecksums: $0.offloads.checksumIPv4,
        cutsSegments: $0.offloads.segmentsIPv4)
      link.completesIPv6Checksums = $0.offloads.checksumIPv6
      link.cutsIPv6Segments = $0.offloads.segmentsIPv6
      return link
    }
  }

  private func followConnection(_ stack: NetStack, _ now: SystemTime) {
    let isConnected = frontend.state == .connected
    // Another backend may do less, also at the same rings.
    if isConnected, let link, !self.isConnected || link != stack.link {
      stack.reconnect(link, now: now)
    }
    if !isConnected { pending = nil }
    self.isConnected = isConnected
  }
}
