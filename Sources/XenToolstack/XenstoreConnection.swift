// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// A connection to xenstored.
public final class XenstoreConnection {
  let handle: OpaquePointer
  /// Events that were taken until now.
  private(set) var eventCount = 0

  init() throws(ToolstackError) {
    // libxenstore turns to the kernel when nobody listens at the socket, and the kernel waits without
    // end for a xenstored that has died.
    guard !XenstoreSocket.isAbandoned, let handle = xs_open(0) else {
      throw ToolstackError(
        .xenUnavailable, call: "connecting to xenstored", advice: "is xenstored running?")
    }
    self.handle = handle
  }

  deinit {
    xs_close(handle)
  }

  /// The value of a node, or nil if there is no such node.
  func read(_ path: String) throws(ToolstackError) -> [UInt8]? {
    var length: UInt32 = 0
    guard let value = xs_read(handle, 0, path, &length) else {
      guard errno == ENOENT else {
        throw ToolstackError(xenstoreCall: "reading \(path) from xenstore")
      }
      return nil
    }
    defer { free(value) }
    return Array(UnsafeRawBufferPointer(start: value, count: Int(length)))
  }

  /// Gives a node another value.
  func write(_ path: String, _ value: String) throws(ToolstackError) {
    guard xs_write(handle, 0, path, value, UInt32(value.utf8.count)) else {
      throw ToolstackError(xenstoreCall: "writing \(path) to xenstore")
    }
  }

  /// Asks to be told of changes; the first event comes at once.
  func watch(_ path: String) throws(ToolstackError) {
    guard xs_watch(handle, path, path) else {
      throw ToolstackError(xenstoreCall: "watching \(path) in xenstore")
    }
  }

  /// Ends a watch; events of it that were not taken are gone.
  func unwatch(_ path: String) {
    xs_unwatch(handle, path, path)
  }

  /// Readable when there may be an event.
  var descriptor: Int32 { xs_fileno(handle) }

  /// Takes all events that are there; false if there was none.
  func takeEvents() -> Bool {
    let before = eventCount
    while let event = xs_check_watch(handle) {
      free(event)
      eventCount += 1
    }
    return eventCount != before
  }
}
