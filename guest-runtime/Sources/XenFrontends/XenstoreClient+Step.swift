// SPDX-License-Identifier: Apache-2.0

import XenRings
import XenstoreWire

extension XenstoreClient {
  /// The most bytes that one step takes in, so that a peer that never stops sending cannot hold us.
  static var appetite: Int { 16 << 10 }

  /// Moves requests out and replies and events in, as far as that goes without waiting; tells
  /// xenstored if anything moved. Call it after `begin`, and whenever the port was notified.
  ///
  /// - Returns: whether there is more to take in at once: xenstored need not notify for that.
  /// - Throws: why the connection has failed: now, or earlier.
  @discardableResult
  public mutating func step() throws(XenstoreError) -> Bool {
    if let failure { throw failure }
    // Until xenstored serves the page nothing else in it counts.
    guard page.isConnected else { return false }
    if isConnecting {
      page = page.reopened
      isConnecting = false
    }
    do throws(XenstoreError) {
      let hasSent = try send()
      let taken = try receive()
      if hasSent || taken > 0 { try? calls.notify(port) }
      if let code = page.error { throw .serverStopped(code) }
      return taken >= Self.appetite
    } catch {
      failure = error
      throw error
    }
  }

  private mutating func send() throws(XenstoreError) -> Bool {
    guard sent < outgoing.count else { return false }
    let count = try page.write(outgoing, from: sent)
    sent += count
    if sent == outgoing.count { (outgoing, sent) = ([], 0) }
    return count > 0
  }

  private mutating func receive() throws(XenstoreError) -> Int {
    var taken = 0
    while taken < Self.appetite {
      let bytes = try page.read(atMost: reader.needed)
      guard !bytes.isEmpty else { break }
      taken += bytes.count
      let message: XenstoreMessage?
      do throws(WireError) { message = try reader.take(bytes[...]) } catch { throw .wire(error) }
      if let message { deliver(message) }
    }
    return taken
  }

  private mutating func deliver(_ message: XenstoreMessage) {
    if message.header.operation == .watchEvent {
      return inbox.add(message.payload, watches: watches)
    }
    guard let position = position(of: message.header.requestID), exchanges[position].reply == nil
    else {
      strayReplies += 1
      return
    }
    if exchanges[position].isAbandoned {
      exchanges.remove(at: position)
    } else {
      exchanges[position].reply = message
    }
  }
}
