// SPDX-License-Identifier: Apache-2.0

import CUpcall
import GuestRuntime

/// Event channels by either way of delivery, as the command line says: `local-apic`, `callback`, or
/// what there is.
@main
struct Events: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    switch guest.commandLine {
    case "local-apic": try guest.events.begin(.localAPIC)
    case "callback": try guest.events.begin(.callback)
    default: break
    }
    try sleepLasts(guest)
    // The sleep after it is none, but those that are asked for last.
    guest.console.print(
      "an upcall awake: registers are \(upcall_leaves_registers() ? "left" : "changed")\n")
    try sleepLasts(guest)
    try eventsFromBeforeAreDelivered(guest)
    try aSecondHandlerIsRefused(guest)
    try aStormStarvesNobody(guest)
    try allPortsWork(guest)
  }

  private func sleepLasts(_ guest: borrowing Guest) throws(GuestError) {
    let start = guest.clock.nanoseconds
    for _ in 0..<5 { _ = try guest.events.wait(withinMilliseconds: 20) }
    let milliseconds = (guest.clock.nanoseconds - start) / 1_000_000
    guest.console.print(
      "five sleeps: \(milliseconds >= 100 && milliseconds < 60_000 ? "as long" : "not as long") as asked\n"
    )
  }

  private func eventsFromBeforeAreDelivered(_ guest: borrowing Guest) throws(GuestError) {
    let (near, far) = try pair(guest)
    try guest.events.notify(far)
    let counter = Counter()
    try guest.events.handle(near) { counter.value += 1 }
    let hasCome = try guest.events.wait(withinMilliseconds: 60_000)
    let more = try guest.events.wait(withinMilliseconds: 10)
    guest.console.print("an early event: \(hasCome ? counter.value : 0), then \(more ? 1 : 0)\n")
    guest.events.close(near)
    guest.events.close(far)
  }

  private func aSecondHandlerIsRefused(_ guest: borrowing Guest) throws(GuestError) {
    let (near, far) = try pair(guest)
    let counter = Counter()
    try guest.events.handle(near) { counter.value += 1 }
    do throws(GuestError) {
      try guest.events.handle(near) { counter.value += 100 }
    } catch {
      guest.console.print("second handler: refused\n")
    }
    try guest.events.notify(far)
    try guest.events.wait(withinMilliseconds: 60_000)
    guest.console.print("first handler: \(counter.value)\n")
    guest.events.unbind(near)
    try guest.events.handle(near) { counter.value += 10 }
    try guest.events.notify(far)
    try guest.events.wait(withinMilliseconds: 60_000)
    guest.console.print("next handler: \(counter.value)\n")
    guest.events.close(near)
    guest.events.close(far)
  }

  /// One channel is notified anew by its own handler, without end.
  private func aStormStarvesNobody(_ guest: borrowing Guest) throws(GuestError) {
    let (storm, source) = try pair(guest)
    let (calm, friend) = try pair(guest)
    let (storms, calms) = (Counter(), Counter())
    let events = guest.events
    try events.handle(storm) {
      storms.value += 1
      try? events.notify(source)
    }
    try events.handle(calm) { calms.value += 1 }
    try events.notify(source)
    for _ in 0..<1000 {
      try events.notify(friend)
      try events.wait(withinMilliseconds: 60_000)
    }
    guest.console.print("storm: \(storms.value), calm: \(calms.value)\n")
    for channel in [storm, source, calm, friend] { events.close(channel) }
    guest.console.print("after it: \(events.poll() ? "an event" : "silence")\n")
  }

  /// As many channels to the guest itself as there are ports.
  private func allPortsWork(_ guest: borrowing Guest) throws(GuestError) {
    var far: [EventChannel] = []
    let counter = Counter()
    let events = guest.events
    while let (near, source) = try? pair(guest) {
      try events.handle(near) { counter.value += 1 }
      far.append(source)
    }
    for source in far { try events.notify(source) }
    while try events.wait(withinMilliseconds: 10) {}
    let highest = far.reduce(UInt32(0)) { max($0, $1.number) }
    guest.console.print(
      "\(counter.value) of \(far.count) channels; the highest port is \(highest)\n")
  }

  /// Two ends of one channel, both in this domain.
  private func pair(_ guest: borrowing Guest) throws(GuestError) -> (EventChannel, EventChannel) {
    let near = try guest.events.offer(to: guest.domainID)
    return (near, try guest.events.connect(to: near.number, of: guest.domainID))
  }
}

/// Something to count with in a handler.
final class Counter {
  var value = 0
}
