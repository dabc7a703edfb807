// SPDX-License-Identifier: Apache-2.0

import XenFrontends
import XenstoreWire

/// The domain's view of xenstore, where it and its toolstack leave each other notes.
///
/// Paths are relative to the domain's own directory unless they begin with a slash; values are
/// bytes. A domain may write below `data`, and what its toolstack allows besides.
public struct GuestXenstore: Sendable {
  /// The value of a node, nil if there is no such node.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func value(of path: GuestText) throws(GuestError) -> [UInt8]? {
    try perform("reading", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        return try client.read(path)
      } catch {
        guard error == .refused(.notFound) else { throw error }
        return nil
      }
    }
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func set(_ path: GuestText, to value: GuestText) throws(GuestError) {
    try set(path, to: value.bytes)
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func set(_ path: GuestText, to value: [UInt8]) throws(GuestError) {
    try perform("writing", path) { client, path throws(XenstoreError) in
      try client.write(value, to: path)
    }
  }

  /// The names of a node's children; none if there is no such node.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func children(of path: GuestText) throws(GuestError) -> [[UInt8]] {
    try perform("listing", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        return try client.list(path)
      } catch {
        guard error == .refused(.notFound) else { throw error }
        return []
      }
    }
  }

  /// Removes a node and all below it; no error if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func remove(_ path: GuestText) throws(GuestError) {
    try perform("removing", path) { client, path throws(XenstoreError) in
      do throws(XenstoreError) {
        try client.remove(path)
      } catch {
        guard error == .refused(.notFound) else { throw error }
      }
    }
  }

  /// Asks for events about a node and those below it; the first comes at once.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func watch(_ path: GuestText) throws(GuestError) {
    try perform("watching", path) { client, path throws(XenstoreError) in
      try client.watch(path, token: path)
    }
  }

  /// The path of a watched node that may have changed; nil when the time is up.
  ///
  /// The guest sleeps meanwhile, and causes no wake-ups.
  ///
  /// - Throws: `GuestError` if the connection has failed.
  public func nextChange(withinMilliseconds limit: UInt64) throws(GuestError) -> [UInt8]? {
    try perform("waiting for a change", "") { client, _ throws(XenstoreError) in
      try client.nextEvent(atMost: limit)?.path
    }
  }

  private func perform<Result>(
    _ action: StaticString, _ path: GuestText,
    _ body: (inout XenstoreClient<XenHypercalls>, [UInt8]) throws(XenstoreError) -> Result
  ) throws(GuestError) -> Result {
    if unsafe Machine.xenstore == nil { try open() }
    guard var client = unsafe Machine.xenstore else { throw GuestError("there is no xenstore") }
    // Taken out while it is changed, so that there are never two of it.
    unsafe Machine.xenstore = nil
    defer { unsafe Machine.xenstore = client }
    do throws(XenstoreError) {
      return try body(&client, path.bytes)
    } catch {
      throw GuestError("xenstore: \(GuestText(action)) \(path): \(GuestText(error))")
    }
  }

  func open() throws(GuestError) {
    guard var client = XenPages.xenstore() else {
      throw GuestError("this domain has no xenstore page")
    }
    do throws(XenstoreError) {
      // What an earlier user of the page left must not come to us.
      try client.reset()
    } catch {
      throw GuestError("xenstore: \(GuestText(error))")
    }
    unsafe Machine.xenstore = client
  }
}

extension GuestText {
  /// An error in words, or by the name that xenstored gave it.
  init(_ error: XenstoreError) {
    switch error {
    case .refused(let name?): self = "\(name.bytes)"
    case .refused(nil): self = "refused"
    case .timedOut: self = "no answer"
    case .tooLong(let count): self = "\(count) bytes are more than xenstored takes"
    case .tooManyRequests: self = "as many requests are under way as xenstored serves"
    case .forgotten: self = "the request is not under way any more"
    case .conflicts: self = "others kept changing the same nodes"
    case .ring: self = "the ring's indices are impossible"
    case .wire: self = "a reply breaks the protocol"
    case .malformedReply: self = "a reply makes no sense"
    case .serverStopped(let code): self = "xenstored stopped serving this domain (\(code))"
    case .cannotReconnect: self = "this xenstored cannot reconnect"
    }
  }
}
