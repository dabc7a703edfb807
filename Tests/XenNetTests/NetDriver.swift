// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import XenFrontends
import XenNet

/// An interface's driver, its backend, and an owner that sends and receives.
final class NetDriver: RunFrontend {
  let world = DeviceWorld(device: "vif/0")
  let backend: FakeNetback
  private(set) var frontend: NetFrontend<FakeDeviceXen, FakeNodeStore>
  /// What was received.
  var received: [NetFrame] = []
  /// What is to be sent.
  var outbox: [NetFrame] = []
  /// Frames that are received in a turn.
  var appetite = Int.max
  /// Whether received frames are kept.
  var keepsFrames = true

  /// An interface that is attached, of which nothing has happened.
  init(pageLimit: Int = 512, _ prepare: (FakeNetback) -> Void = { _ in }) {
    backend = FakeNetback(world.xen, world.store)
    world.backends.append(backend)
    frontend = NetFrontend(0, pageLimit: pageLimit, machine: world.xen, store: world.store)
    prepare(backend)
    backend.attach()
    world.frontend = self
  }

  /// An interface that is connected.
  static func connected(
    pageLimit: Int = 512, _ prepare: (FakeNetback) -> Void = { _ in }
  ) -> NetDriver {
    let driver = NetDriver(pageLimit: pageLimit, prepare)
    driver.world.run { driver.state == .connected }
    driver.world.run()
    return driver
  }

  var xen: FakeDeviceXen { world.xen }
  var store: FakeNodeStore { world.store }
  var state: NetState { frontend.state }
  var statistics: NetStatistics { frontend.statistics }

  /// Forgets what was, as a guest does that is started again in the same domain.
  func startAgain() {
    frontend = NetFrontend(0, pageLimit: 512, machine: world.xen, store: world.store)
  }

  func advance() -> SystemTime? {
    var count = 0
    while count < appetite, receive() { count += 1 }
    while let frame = outbox.first, send(frame) { outbox.removeFirst() }
    return frontend.advance()
  }

  private func receive() -> Bool {
    frontend.receive { frame, said in
      guard keepsFrames else { return }
      let bytes = frame.withUnsafeBytes { Array($0) }
      received.append(
        NetFrame(
          bytes: bytes, isBlank: said.isBlank, isVerified: said.isVerified,
          segmentSize: said.segmentSize))
    }
  }

  private func send(_ frame: NetFrame) -> Bool {
    frontend.transmit(frame.bytes.count, frame.offload) { offset, page in
      page.withUnsafeMutableBytes { target in
        frame.bytes.withUnsafeBytes { source in
          let part = source[offset..<offset + target.count]
          target.copyMemory(from: UnsafeRawBufferPointer(rebasing: part))
        }
      }
    }
  }

  /// Sends frames, and goes on until nothing happens any more.
  func finish(_ frames: [NetFrame]) {
    outbox += frames
    world.run()
  }

  /// Lets the backend send frames, and goes on until nothing happens any more.
  func receive(_ frames: [NetFrame]) {
    backend.outbox += frames
    world.run()
  }

  /// Closes the interface, and says what is left afterwards.
  func close() -> [String] {
    frontend.close()
    let isDone = world.run { frontend.isClosed }
    return world.leftovers() + (isDone ? [] : ["it is not closed"])
      + (state == .closed ? [] : ["it is \(state)"])
      + (backend.spuriousEvents == 0 ? [] : ["\(backend.spuriousEvents) events brought nothing"])
  }
}
