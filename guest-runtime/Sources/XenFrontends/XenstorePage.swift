// SPDX-License-Identifier: Apache-2.0

import XenABI
public import XenRings
public import XenstoreWire

/// The page that xenstored shares with the guest: two rings and three words.
struct XenstorePage {
  private let address: UInt
  private var requests: RingProducer
  private var responses: RingConsumer

  /// - Precondition: the 4 KiB xenstore page is mapped there and stays so.
  @unsafe init(unsafeAddress page: UnsafeMutableRawPointer) {
    address = UInt(bitPattern: page)
    unsafe requests = RingProducer(
      page: page, range: XenstorePageLayout.requests,
      produced: XenstorePageLayout.requestsProduced, consumed: XenstorePageLayout.requestsConsumed)
    unsafe responses = RingConsumer(
      page: page, range: XenstorePageLayout.responses,
      produced: XenstorePageLayout.responsesProduced,
      consumed: XenstorePageLayout.responsesConsumed)
  }

  /// Writes what there is room for; returns how much.
  mutating func write(
    _ bytes: UnsafeRawBufferPointer, from offset: Int
  ) throws(XenstoreError) -> Int {
    do throws(RingError) {
      return try unsafe requests.write(bytes, from: offset)
    } catch {
      throw .ring(error)
    }
  }

  /// Reads what is there, at most as much as fits; returns how much.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(XenstoreError) -> Int {
    do throws(RingError) {
      return try unsafe responses.read(into: buffer)
    } catch {
      throw .ring(error)
    }
  }

  /// Writes what there is room for; returns how much.
  mutating func write(_ bytes: [UInt8], from offset: Int) throws(XenstoreError) -> Int {
    do throws(RingError) {
      return try requests.write(bytes, from: offset)
    } catch {
      throw .ring(error)
    }
  }

  /// Reads what is there, at most `limit` bytes.
  mutating func read(atMost limit: Int) throws(XenstoreError) -> [UInt8] {
    do throws(RingError) {
      return try responses.read(atMost: limit)
    } catch {
      throw .ring(error)
    }
  }

  /// Why xenstored stopped; nil if it did not, or is one that does not say so.
  /// C name: `XENSTORE_SERVER_FEATURE_ERROR`.
  var error: UInt32? {
    guard features & 2 != 0 else { return nil }
    let code = word(XenstorePageLayout.error).load()
    return code == 0 ? nil : code
  }
  /// Whether xenstored can reconnect. C name: `XENSTORE_SERVER_FEATURE_RECONNECTION`.
  var canReconnect: Bool { features & 1 != 0 }
  /// Whether xenstored serves the page. C names: `connection`, `XENSTORE_CONNECTED`.
  var isConnected: Bool { word(XenstorePageLayout.connection).load() == 0 }

  /// Asks xenstored to start over; it answers with `isConnected`. C name: `XENSTORE_RECONNECT`.
  func askForReconnection() { word(XenstorePageLayout.connection).store(1) }

  private var features: UInt32 { word(XenstorePageLayout.serverFeatures).load() }

  /// The page with its rings as they are now.
  var reopened: XenstorePage {
    guard let page = unsafe UnsafeMutableRawPointer(bitPattern: address) else { return self }
    // SAFETY: it is the address that `init` was given.
    return unsafe XenstorePage(unsafeAddress: page)
  }

  private func word(_ offset: Int) -> SharedIndex {
    guard let word = unsafe UnsafeMutableRawPointer(bitPattern: address + UInt(offset)) else {
      preconditionFailure("the xenstore page is not at zero")
    }
    // SAFETY: within the page, and all words of the layout are 4-byte aligned.
    return unsafe SharedIndex(unsafeAddress: word)
  }
}

/// Why a xenstore request has no result.
public enum XenstoreError: Error, Equatable, Sendable {
  /// xenstored made no progress within the client's patience.
  case timedOut
  /// xenstored answered with an error; nil where its name was not kept.
  case refused(XenstoreErrorName?)
  /// The request has more bytes than xenstored takes: this many.
  case tooLong(Int)
  /// As many requests are under way as xenstored serves at a time.
  case tooManyRequests
  /// The request is not under way: its reply was taken, it was abandoned, or the client has
  /// reconnected.
  case forgotten
  /// Others changed the same nodes each time that the transaction was tried.
  case conflicts
  /// xenstored's ring indices are impossible.
  case ring(RingError)
  /// xenstored sent what the protocol does not allow.
  case wire(WireError)
  /// xenstored answered a request with a reply to another kind of request, or with nonsense.
  case malformedReply(XenstoreOperation)
  /// xenstored stopped serving this domain. C names: `XENSTORE_ERROR_*`.
  case serverStopped(UInt32)
  /// This xenstored cannot reconnect.
  case cannotReconnect
}
