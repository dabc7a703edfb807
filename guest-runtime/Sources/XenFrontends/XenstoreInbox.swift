// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

/// Watch events that nobody has taken yet.
///
/// An event says only "look there", so the same one twice is kept once; and there is a limit, so
/// that a storm of them cannot eat the guest's memory. Beyond it, an event stands for all below the
/// node that is watched.
struct XenstoreInbox {
  private(set) var events: [XenstoreWatchEvent] = []
  /// Events that fitted in neither way.
  private(set) var dropped = 0

  static var limit: Int { 128 }

  /// Adds the event of a message's payload, path and token; `watches` has one event for each watch,
  /// about the watched node itself.
  mutating func add(_ payload: [UInt8], watches: [XenstoreWatchEvent]) {
    let strings = XenstoreStrings.split(payload)
    guard strings.count >= 2 else { return }
    let event = XenstoreWatchEvent(path: strings[0], token: strings[1])
    guard !events.contains(event) else { return }
    if events.count < Self.limit { return events.append(event) }
    guard let watch = watches.first(where: { $0.token == event.token }) else {
      dropped += 1
      return
    }
    if !events.contains(watch) { events.append(watch) }
  }

  /// Takes the oldest event.
  mutating func take() -> XenstoreWatchEvent? { events.isEmpty ? nil : events.removeFirst() }

  /// Takes the oldest event of one watch; nil if there is none.
  mutating func take(token: [UInt8]) -> XenstoreWatchEvent? {
    events.firstIndex { $0.token == token }.map { events.remove(at: $0) }
  }
}
