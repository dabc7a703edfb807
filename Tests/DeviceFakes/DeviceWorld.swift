// SPDX-License-Identifier: Apache-2.0

package import XenFrontends

/// A frontend as its owner runs it.
package protocol RunFrontend: AnyObject {
  /// When to call it again although nothing has happened.
  func advance() -> SystemTime?
}

/// A frontend, xenstored and backends, which take turns. The frontend is called only for a reason: an answer, an
/// event, or the time that it asked for. One that sleeps through its moment is found out.
package final class DeviceWorld {
  package let xen = FakeDeviceXen()
  package let store: FakeNodeStore
  package var backends: [FakeBackend] = []
  package weak var frontend: (any RunFrontend)?
  /// What others do before each turn.
  package var meddle: () -> Void = {}
  /// Requests that xenstored serves in a turn.
  package var pace = Int.max
  /// Turns in which the frontend was called.
  package private(set) var calls = 0

  /// A world with a device, like `vbd/51712`.
  package init(device: String = "vbd/51712") { store = FakeNodeStore(device: device) }

  /// A backend in a domain.
  package func addBackend(domain: UInt16 = 0) -> FakeBackend {
    let backend = FakeBackend(xen, store, domain: domain)
    backends.append(backend)
    return backend
  }

  /// Goes on until a condition holds, or nothing happens any more.
  ///
  /// - Parameters:
  ///   - turns: how many turns there are at most.
  ///   - horizon: how far the time may move, in milliseconds.
  ///   - isBounded: whether it is all right that there would be more turns.
  ///   - isDone: the condition.
  /// - Returns: Whether the condition holds.
  @discardableResult
  package func run(
    turns: Int = 5000, horizon: UInt64 = 120_000, isBounded: Bool = false,
    until isDone: () -> Bool = { false }
  ) -> Bool {
    let end = xen.time.advanced(byMilliseconds: horizon)
    var deadline = call()
    var idleCalls = 0
    var lastTime = xen.time
    for _ in 0..<turns {
      if isDone() { return true }
      meddle()
      var hasMoved = false
      for backend in backends where backend.step() { hasMoved = true }
      store.serve(pace)
      let isDue = deadline.map { $0 <= xen.time } ?? false
      if store.wakes || backends.contains(where: \.wakesFrontend) || isDue {
        let isIdle = isDue && !store.wakes && !hasMoved && xen.time == lastTime
        idleCalls = isIdle ? idleCalls + 1 : 0
        if idleCalls > 100 { xen.note("the frontend asks for time, and does nothing with it") }
        lastTime = xen.time
        deadline = call()
      } else if !hasMoved {
        guard let moment = deadline, moment < end else { return isDone() }
        xen.time = moment
      }
    }
    if !isBounded { xen.note("no end") }
    return isDone()
  }

  private func call() -> SystemTime? {
    store.wakes = false
    for backend in backends { backend.wakesFrontend = false }
    calls += 1
    return frontend?.advance()
  }

  /// What should not be at the end: faults of the frontend, pages, channels, watches and requests that are left.
  package func leftovers() -> [String] {
    store.faults + xen.leftovers()
      + (store.watchCount == 0 ? [] : ["\(store.watchCount) watches are left"])
      + (store.isIdle ? [] : ["requests are left"])
  }

  /// What must not be at any time.
  package var faults: [String] { store.faults + xen.faults }
}
