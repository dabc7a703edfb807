// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Foundation
import XenBlock
import XenDevices
import XenFrontends

/// A disk's driver, its backend, and an owner that waits for requests.
final class BlockDriver: RunFrontend {
  let world = DeviceWorld()
  let backend: FakeBlkback
  private(set) var frontend: BlockFrontend<FakeDeviceXen, FakeNodeStore>

  /// A disk that is attached, of which nothing has happened.
  init(pageLimit: Int = 352, _ prepare: (FakeBlkback) -> Void = { _ in }) {
    backend = FakeBlkback(world.xen, world.store)
    world.backends.append(backend)
    frontend = BlockFrontend(
      BlockName(number: 51712), pageLimit: pageLimit, machine: world.xen, store: world.store)
    prepare(backend)
    backend.attach()
    world.frontend = self
  }

  /// A disk that is connected.
  static func connected(
    pageLimit: Int = 352, _ prepare: (FakeBlkback) -> Void = { _ in }
  ) -> BlockDriver {
    let driver = BlockDriver(pageLimit: pageLimit, prepare)
    driver.world.run { driver.frontend.state == .connected }
    driver.world.run()
    return driver
  }

  func advance() -> SystemTime? { frontend.advance() }

  var xen: FakeDeviceXen { world.xen }
  var store: FakeNodeStore { world.store }
  var state: BlockState { frontend.state }

  /// Adds a request and goes on until it has ended, or nothing happens any more.
  @discardableResult
  func finish(_ request: BlockRequest) -> BlockEnd {
    frontend.add(request)
    world.run { request.outcome != nil }
    return BlockEnd(request)
  }

  /// Adds requests and goes on until all have ended, or nothing happens any more.
  func finish(_ requests: [BlockRequest]) -> [BlockEnd] {
    for request in requests { frontend.add(request) }
    world.run { requests.allSatisfy { $0.outcome != nil } }
    return requests.map { BlockEnd($0) }
  }

  func read(_ count: Int, at offset: UInt64) -> [UInt8]? {
    let request = BlockRequest.read(count, at: offset)
    return finish(request) == .done ? request.takeBytes() : nil
  }

  /// Closes the disk, and says what is left afterwards.
  func close() -> [String] {
    frontend.close()
    let isDone = world.run { frontend.isClosed }
    return world.leftovers() + (isDone ? [] : ["it is not closed"])
      + (state == .closed ? [] : ["it is \(state)"])
  }
}

/// What became of a request.
enum BlockEnd: Equatable {
  case open
  case done
  case failed(BlockError)

  init(_ request: BlockRequest) {
    switch request.outcome {
    case nil: self = .open
    case .success?: self = .done
    case .failure(let error)?: self = .failed(error)
    }
  }
}

/// Bytes that are different for each seed, and at each place of a disk.
func pattern(_ count: Int, _ seed: Int = 1) -> [UInt8] {
  Array(noise[seed * 61 % (1 << 20)..<seed * 61 % (1 << 20) + count])
}

private let noise: [UInt8] = {
  var state: UInt32 = 1
  return (0..<5 << 20).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}()

/// Whether bytes are the same; much faster than to compare collections where nothing is optimized.
func isSameBytes(_ one: some DataProtocol, _ other: some DataProtocol) -> Bool {
  Data(one) == Data(other)
}
