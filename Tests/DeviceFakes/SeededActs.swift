// SPDX-License-Identifier: Apache-2.0

import XenDevices

/// What toolstacks, backends and xenstored may do to a device, drawn from a seed.
package struct SeededActs {
  private var state: UInt64

  package init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

  /// A number below a limit.
  package mutating func draw(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: state >> 16) % limit
  }

  /// Does something, and says what.
  package mutating func act(on world: DeviceWorld) -> String {
    let backend = world.backends[draw(world.backends.count)]
    let store = world.store
    switch draw(24) {
    case 0, 1: backend.step()
    case 2: backend.isAlive = draw(3) > 0
    case 3: backend.die()
    case 4: backend.comeBack()
    case 5: backend.detach()
    case 6:
      backend.state = draw(9)
      return "backend \(backend.domain) says \(backend.state ?? -1)"
    case 7:
      let state = draw(8)
      if store.get(backend.front) != nil { store.set(backend.front + "/state", "\(state)") }
      return "own state \(state)"
    case 8: backend.removeNodes()
    case 9: store.remove(backend.front)
    case 10: store.remove(backend.path)
    case 11, 12: backend.attach(state: 1 + draw(6))
    case 13: store.set(backend.path + "/online", "\(draw(2))")
    case 14: store.fail()
    case 15, 16: store.recover(keepsWatches: draw(2) == 0)
    case 17: store.holdsEvents = draw(3) == 0
    case 18: store.fireAll()
    case 19:
      let node = ["/backend", "/backend-id", "/state"][draw(3)]
      if store.get(backend.front) != nil {
        store.set(backend.front + node, ["", "x", "7", "/local/domain/5/x"][draw(4)])
      }
    case 20:
      let share = draw(4)
      var count = 0
      store.refuses = { request in
        if case .watch = request { return false }
        if case .unwatch = request { return false }
        count += 1
        return share > 0 && count % 4 < share - 1
      }
    case 21: backend.letsGo = draw(3) > 0
    case 22: world.pace = [1, 2, 5, .max][draw(4)]
    default:
      let time = UInt64([1, 50, 500, 5000, 40_000][draw(5)])
      world.xen.pass(milliseconds: time)
      return "\(time) ms"
    }
    return "act on \(backend.domain)"
  }

  /// Undoes what makes a connection impossible: what is left is a device as it should be.
  package func heal(_ world: DeviceWorld) {
    let store = world.store
    store.refuses = { _ in false }
    (store.holdsEvents, world.pace) = (false, .max)
    for backend in world.backends {
      backend.letsGo = true
      backend.die()
      backend.removeNodes()
    }
    if !store.isWorking { store.recover(keepsWatches: false) }
  }
}
