// SPDX-License-Identifier: Apache-2.0

import Testing
import XenRings

/// One end of a vchan under test, and a peer that does anything to the memory between two of its steps.
final class VchanStage {
  /// What is tested, and where it stands.
  struct Setting: CustomStringConvertible, Sendable {
    var role: VchanRole
    /// Sizes as powers of two.
    var left: UInt16 = 10
    var right: UInt16 = 11
    /// Where the indices stand at the beginning; a server's own begin with 0.
    var base: UInt32 = 0

    var description: String { "\(role), rings of 2^\(left) and 2^\(right), from \(base)" }

    static let all = [
      Setting(role: .server), Setting(role: .client), Setting(role: .client, base: 0xffff_ff80),
      Setting(role: .client, left: 11, right: 10, base: 77),
      Setting(role: .client, left: 12, right: 13, base: 0x8000_0000),
      Setting(role: .client, left: 10, right: 12, base: .max),
    ]
  }

  let setting: Setting
  let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
  private let pages = UnsafeMutableRawPointer.allocate(byteCount: 16 << 12, alignment: 4096)
  private(set) var end: VchanEnd
  /// What the peer does after each step.
  var step: (VchanStage) -> Void = { $0.takeAndGive() }
  private(set) var stepCount = 0
  private(set) var tellCount = 0
  /// Bytes that the end has written and read in all.
  private(set) var written: UInt32 = 0
  private(set) var received: UInt32 = 0
  /// Bytes that the peer has taken and given.
  private var taken: UInt32 = 0
  private var given: UInt32 = 0

  init(_ setting: Setting) throws {
    self.setting = setting
    page.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    pages.initializeMemory(as: UInt8.self, repeating: 0, count: 16 << 12)
    switch setting.role {
    case .server:
      end = VchanEnd(page: page)
      page.storeBytes(of: 1, toByteOffset: 20, as: UInt8.self)
    case .client:
      for offset in stride(from: 0, to: 16, by: 4) {
        page.storeBytes(of: setting.base, toByteOffset: offset, as: UInt32.self)
      }
      page.storeBytes(of: setting.left, toByteOffset: 16, as: UInt16.self)
      page.storeBytes(of: setting.right, toByteOffset: 18, as: UInt16.self)
      page.storeBytes(of: 1, toByteOffset: 21, as: UInt8.self)
      let layout = try VchanLayout(page: page)
      end = VchanEnd(clientOf: page, layout, pages: pages)
      #expect(page.load(fromByteOffset: 20, as: UInt8.self) == 1)
    }
  }

  deinit {
    page.deallocate()
    pages.deallocate()
  }

  // MARK: Where things are

  private var isServer: Bool { setting.role == .server }
  var ourProduced: Int { isServer ? 12 : 4 }
  var ourConsumed: Int { isServer ? 0 : 8 }
  var peerProduced: Int { isServer ? 4 : 12 }
  var peerConsumed: Int { isServer ? 8 : 0 }
  var ourLive: Int { isServer ? 21 : 20 }
  var peerLive: Int { isServer ? 20 : 21 }
  /// Where we ask to be told, and where the peer does.
  var ourWishes: Int { isServer ? 22 : 23 }
  var peerWishes: Int { isServer ? 23 : 22 }

  /// The bytes of the ring that is read here, and of the other one.
  var incoming: UnsafeMutableRawBufferPointer { ring(isServer ? setting.left : setting.right) }
  var outgoing: UnsafeMutableRawBufferPointer { ring(isServer ? setting.right : setting.left) }

  private func ring(_ order: UInt16) -> UnsafeMutableRawBufferPointer {
    let count = 1 << Int(order)
    guard order >= 12 else { return .init(start: page + count, count: count) }
    let isSecond = setting.left >= 12 && order == setting.right
    return .init(start: pages + (isSecond ? 1 << Int(setting.left) : 0), count: count)
  }

  subscript(index offset: Int) -> UInt32 {
    get { page.load(fromByteOffset: offset, as: UInt32.self) }
    set { page.storeBytes(of: newValue, toByteOffset: offset, as: UInt32.self) }
  }

  subscript(byte offset: Int) -> UInt8 {
    get { page.load(fromByteOffset: offset, as: UInt8.self) }
    set { page.storeBytes(of: newValue, toByteOffset: offset, as: UInt8.self) }
  }

  // MARK: A peer as it should be

  /// Takes up to so many bytes, and gives as many, of which it knows that there is room.
  func takeAndGive(limit: Int = .max) {
    take(limit: limit)
    // What was read of its lies is given, too.
    if Int32(bitPattern: given &- received) < 0 { given = received }
    let room = max(0, incoming.count - Int(given &- received))
    give([UInt8](repeating: 5, count: min(limit, 100, room)))
  }

  /// Takes what there is.
  @discardableResult func take(limit: Int = .max) -> [UInt8] {
    let count = min(limit, Int(written &- taken))
    let bytes = (0..<count).map {
      outgoing[Int((setting.base &+ taken &+ UInt32($0)) % UInt32(outgoing.count))]
    }
    taken &+= UInt32(count)
    self[index: peerConsumed] = setting.base &+ taken
    return bytes
  }

  func give(_ bytes: [UInt8]) {
    for byte in bytes {
      incoming[Int((setting.base &+ given) % UInt32(incoming.count))] = byte
      given &+= 1
    }
    self[index: peerProduced] = setting.base &+ given
  }

  /// From now on the peer is as it should be, with nothing under way.
  func behave() {
    (taken, given) = (written, received)
    self[index: peerConsumed] = setting.base &+ taken
    self[index: peerProduced] = setting.base &+ given
    self[byte: peerLive] = 1
    step = { _ in }
  }

  // MARK: Steps of the end

  func read(_ count: Int) -> [UInt8]? {
    defer { finishStep() }
    let bytes = end.read(atMost: count) { tellCount += 1 }
    received &+= UInt32(bytes?.count ?? 0)
    #expect(bytes?.count ?? 0 <= min(count, incoming.count))
    return bytes
  }

  func write(_ bytes: [UInt8]) -> Int? {
    defer { finishStep() }
    let count = end.write(bytes, from: 0) { tellCount += 1 }
    written &+= UInt32(count ?? 0)
    #expect((0...min(bytes.count, outgoing.count)).contains(count ?? 0))
    return count
  }

  func unread() -> Int? {
    defer { finishStep() }
    let count = end.unread()
    #expect((0...outgoing.count).contains(count ?? 0))
    return count
  }

  var isOpen: Bool { end.isOpen }
  var needsReminder: Bool { end.needsReminder }

  private func finishStep() {
    stepCount += 1
    step(self)
  }
}
