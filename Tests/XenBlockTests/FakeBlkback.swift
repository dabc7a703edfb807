// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenABI

/// A disk's backend, which acts as Linux's does, on a disk in memory; but what Linux answers with an error because
/// the frontend must not ask it is a fault of the test.
///
/// Source: `drivers/block/xen-blkback/blkback.c` of Linux 6.1.
final class FakeBlkback: FakeBackend {
  /// The order of answers.
  enum Order: CaseIterable {
    case asAsked, reversed, mixed
  }

  var disk = [UInt8](repeating: 0, count: 4 << 20)
  var sectorSize = 512
  /// Nodes that it writes at a connection beside `sectors` and `sector-size`; nil is none.
  var says: [String: String?] = [
    "info": "0", "feature-flush-cache": "1", "feature-discard": "1",
    "feature-max-indirect-segments": "256",
  ]
  var order = Order.asAsked
  /// Whether it keeps pages mapped until it disconnects.
  var isPersistent = false
  /// Whether it takes requests, but does not answer.
  var holds = false
  /// Requests that it takes in a step.
  var appetite = Int.max
  /// What it answers to a request that is right.
  var status: (BlkRequest) -> Int16 = { _ in 0 }
  /// What it does to a response before it is written.
  var tamper: (inout BlkResponse) -> Void = { _ in }

  /// Lets the frontend look at once.
  var wakeNow: () -> Void = {}

  /// What it was asked, since the beginning and since the last connection.
  private(set) var log: [BlkRequest] = []
  private(set) var recent: [BlkRequest] = []
  private(set) var held: [BlkRequest] = []
  /// Events that brought nothing.
  private(set) var spuriousEvents = 0
  private(set) var eventsSent = 0
  var flushes = 0
  private var requestsTaken: UInt32 = 0
  private var responses: UInt32 = 0
  private var mapped: [UInt32: UnsafeMutableRawPointer] = [:]
  private var isBound = false

  var isReadOnly: Bool { (says["info"] ?? nil) == "4" }

  // MARK: The connection

  override func didConnect() {
    // A ring that was in use goes on where its answers end.
    (requestsTaken, responses, recent, held, isBound) = (index(8), index(8), [], [], true)
    var nodes =
      ["sectors": "\(disk.count / 512)", "sector-size": "\(sectorSize)"] as [String: String?]
    nodes.merge(says) { $1 }
    for (name, value) in nodes {
      if let value { store.set(path + "/" + name, value) } else { store.remove(path + "/" + name) }
    }
  }

  override func takeBorrowed() -> [UInt32] {
    defer { (mapped, held) = ([:], []) }
    return isPersistent ? Array(mapped.keys) : held.flatMap(\.references)
  }

  /// Says that the disk has another size now.
  func resize(_ bytes: Int) {
    disk = Array(disk.prefix(bytes)) + [UInt8](repeating: 0, count: max(0, bytes - disk.count))
    store.set(path + "/sectors", "\(bytes / 512)")
    state = 4
  }

  // MARK: The ring

  func index(_ offset: Int) -> UInt32 {
    ring?.page.load(fromByteOffset: offset, as: UInt32.self) ?? 0
  }

  func setIndex(_ offset: Int, _ value: UInt32) {
    ring?.page.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }

  func slot(_ number: UInt32) -> UnsafeMutableRawPointer? {
    ring.map { $0.page + 64 + Int(number & 31) * 112 }
  }

  override func work() -> Bool {
    guard ring != nil, let port else { return false }
    let wasWoken = xen.woken.remove(port) != nil
    let taken = takeRequests()
    // Binding the channel marks it as pending: that one is not the frontend's.
    if wasWoken, !taken, !isBound { spuriousEvents += 1 }
    isBound = false
    let hasAnswered = !holds && !held.isEmpty
    if hasAnswered { answer() }
    return taken || hasAnswered
  }

  private func takeRequests() -> Bool {
    var count = 0
    while true {
      let produced = index(0)
      guard produced &- requestsTaken <= 32, produced &- responses <= 32 else {
        xen.note("there are more requests than slots")
        return false
      }
      while requestsTaken != produced, count < appetite, let slot = slot(requestsTaken) {
        take(BlkRequest(slot))
        requestsTaken &+= 1
        count += 1
      }
      guard count < appetite else { return count > 0 }
      setIndex(4, requestsTaken &+ 1)
      if index(0) == requestsTaken { return count > 0 }
    }
  }

  private func take(_ request: BlkRequest) {
    var request = request
    map(&request)
    for other in held where !Set(other.references).isDisjoint(with: request.references) {
      xen.note("two requests use the same page")
    }
    if Set(request.references).count != request.references.count {
      xen.note("a request uses a page twice")
    }
    log.append(request)
    recent.append(request)
    held.append(request)
  }

  /// Maps the pages, and reads the list of pages if there is one.
  private func map(_ request: inout BlkRequest) {
    func page(_ reference: UInt32) -> UnsafeMutableRawPointer? {
      if isPersistent, let page = mapped[reference] { return page }
      guard let page = xen.map(reference, as: domain) else {
        // After the frontend's end of the channel has gone, so have its pages.
        if let port, xen.channels[port] != nil { xen.note("a page that is not given is named") }
        return nil
      }
      if isPersistent { mapped[reference] = page }
      return page
    }
    if let list = request.list {
      guard let place = page(list) else { return }
      request.readSegments(place)
    }
    request.pages = request.segments.compactMap { page($0.reference) }
    if let fault = fault(request) { xen.note(fault) }
  }

  /// What Linux would answer with an error.
  private func fault(_ request: BlkRequest) -> String? {
    let indirect = (says["feature-max-indirect-segments"] ?? nil).flatMap { Int($0) } ?? 0
    guard request.handle == 51712 else { return "wrong handle" }
    switch request.operation {
    case 0, 1:
      guard (1...(request.list == nil ? 11 : indirect)).contains(request.segments.count) else {
        return "\(request.segments.count) segments"
      }
      guard request.segments.allSatisfy({ $0.first <= $0.last && $0.last < 8 }) else {
        return "a segment that is none"
      }
    case 3, 5: break
    default: return "operation \(request.operation)"
    }
    let (unit, count) = (request.unit, request.unitCount)
    guard (unit * 512) % UInt64(sectorSize) == 0, (count * 512) % UInt64(sectorSize) == 0 else {
      return "not aligned to sectors"
    }
    return nil
  }

  // MARK: Answers

  func answer() {
    var requests = held
    held = []
    switch order {
    case .asAsked: break
    case .reversed: requests.reverse()
    case .mixed: requests.sort { ($0.id &* 0x9e37_79b9) & 0xffff < ($1.id &* 0x9e37_79b9) & 0xffff }
    }
    let before = responses
    for request in requests {
      var response = BlkResponse(
        id: request.id, operation: request.operation, status: perform(request))
      tamper(&response)
      put(response)
      if !isPersistent { for reference in request.references { xen.unmap(reference) } }
    }
    publish(from: before)
  }

  /// Writes a response, which the frontend does not see yet.
  func put(_ response: BlkResponse) {
    guard let slot = slot(responses) else { return }
    slot.storeBytes(of: response.id, as: UInt64.self)
    slot.storeBytes(of: response.operation, toByteOffset: 8, as: UInt8.self)
    slot.storeBytes(of: response.status, toByteOffset: 10, as: Int16.self)
    responses &+= 1
  }

  func publish(from before: UInt32) {
    setIndex(8, responses)
    // Told exactly when it is wanted.
    if responses &- index(12) < responses &- before {
      wakesFrontend = true
      eventsSent += 1
    }
  }
}
