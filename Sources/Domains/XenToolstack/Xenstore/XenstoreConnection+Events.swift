// SPDX-License-Identifier: Apache-2.0

import DomainModel

extension XenstoreConnection {
  /// Asks to be told of changes; the first event comes at once.
  func watch(_ path: String) throws(ToolstackError) {
    try prepareSignal()
    try ask([.watch(path)])
  }

  /// Asks to be told of changes of a node and for its present value, nil if there is no such node: no
  /// change after that goes unnoticed.
  func watchAndRead(_ path: String) throws(ToolstackError) -> [UInt8]? {
    try prepareSignal()
    return try ask([.watch(path), .read(path)])[1]
  }

  private func prepareSignal() throws(ToolstackError) {
    if signal == nil, let channel { signal = try EventSignal(on: channel) }
  }

  /// Ends a watch; events of it may have come before.
  func unwatch(_ path: String) {
    _ = answers(to: [.unwatch(path)])
  }

  /// Readable when there may be an event; negative if nothing is watched, or xenstored is gone.
  var descriptor: Int32 { channel == nil ? -1 : signal?.descriptor ?? -1 }

  /// Takes all events that are there; false if there was none.
  func takeEvents() -> Bool {
    while receive() {}
    signal?.reset()
    defer { takenEventCount = eventCount }
    return takenEventCount != eventCount
  }
}
