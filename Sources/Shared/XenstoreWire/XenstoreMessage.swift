// SPDX-License-Identifier: Apache-2.0

/// The 16 bytes before every payload, little-endian. C name: `struct xsd_sockmsg`.
public struct XenstoreHeader: Equatable, Sendable {
  /// What is asked or answered. C name: `type`.
  public var operation: XenstoreOperation
  /// Chosen by the client, repeated in the reply; 0 in watch events. C name: `req_id`.
  public var requestID: UInt32
  /// The transaction, 0 for none. C name: `tx_id`.
  public var transactionID: UInt32
  /// Bytes of payload that follow. C name: `len`.
  public var payloadSize: UInt32

  /// A header with the given fields.
  public init(
    operation: XenstoreOperation, requestID: UInt32, transactionID: UInt32 = 0,
    payloadSize: UInt32
  ) {
    self.operation = operation
    self.requestID = requestID
    self.transactionID = transactionID
    self.payloadSize = payloadSize
  }

  /// Bytes in an encoded header.
  public static var size: Int { 16 }
  /// The most payload bytes either side may send. C name: `XENSTORE_PAYLOAD_MAX`.
  public static var maximumPayload: Int { 4096 }

  /// The header as it travels.
  public var encoded: [16 of UInt8] {
    let words: [4 of UInt32] = [
      operation.rawValue, requestID, transactionID, payloadSize,
    ]
    return [16 of UInt8] { byte in
      UInt8(truncatingIfNeeded: words[byte / 4] >> (8 * UInt32(byte % 4)))
    }
  }

  /// The header in 16 received bytes.
  ///
  /// - Throws: `WireError.oversizePayload` if the length breaks the protocol.
  public init(decoding bytes: [16 of UInt8]) throws(WireError) {
    let words = [4 of UInt32] { word in
      (0..<4).reduce(0) { $0 | UInt32(bytes[word * 4 + $1]) << (8 * UInt32($1)) }
    }
    guard words[3] <= UInt32(Self.maximumPayload) else { throw .oversizePayload(words[3]) }
    self.init(
      operation: XenstoreOperation(rawValue: words[0]), requestID: words[1],
      transactionID: words[2], payloadSize: words[3])
  }
}

/// What is wrong with a message from xenstored.
public enum WireError: Error, Equatable, Sendable {
  /// More payload is announced than the protocol allows.
  case oversizePayload(UInt32)
}

/// One whole message: a header and its payload.
public struct XenstoreMessage: Equatable, Sendable {
  /// What comes before the payload.
  public var header: XenstoreHeader
  /// The payload, as many bytes as the header says.
  public var payload: [UInt8]

  /// A message whose header announces the payload.
  ///
  /// - Precondition: the payload is at most `XenstoreHeader.maximumPayload` bytes long.
  public init(
    operation: XenstoreOperation, requestID: UInt32, transactionID: UInt32 = 0, payload: [UInt8]
  ) {
    precondition(payload.count <= XenstoreHeader.maximumPayload, "the payload is too long")
    header = XenstoreHeader(
      operation: operation, requestID: requestID, transactionID: transactionID,
      payloadSize: UInt32(payload.count))
    self.payload = payload
  }

  init(header: XenstoreHeader, payload: [UInt8]) {
    self.header = header
    self.payload = payload
  }

  /// Adds the message, as it travels, to `bytes`.
  public func append(to bytes: inout [UInt8]) {
    let encoded = header.encoded
    for offset in encoded.indices { bytes.append(encoded[offset]) }
    bytes.append(contentsOf: payload)
  }
}

/// Puts messages together from pieces of any size.
public struct XenstoreMessageReader: Sendable {
  private var header = [16 of UInt8](repeating: 0)
  private var headerCount = 0
  private var current: XenstoreHeader?
  private var payload: [UInt8] = []

  /// A reader at the start of a message.
  public init() {}

  /// Whether nothing of a message has come yet.
  public var isBetweenMessages: Bool { current == nil && headerCount == 0 }

  /// How many bytes it takes to the end of the header, or of the message: never 0.
  public var needed: Int {
    guard let current else { return XenstoreHeader.size - headerCount }
    return Int(current.payloadSize) - payload.count
  }

  /// Takes bytes; returns a message if they complete it.
  ///
  /// - Precondition: there are at most `needed` of them.
  /// - Throws: `WireError` if the header breaks the protocol.
  public mutating func take(_ bytes: ArraySlice<UInt8>) throws(WireError) -> XenstoreMessage? {
    precondition(bytes.count <= needed, "more bytes than were asked for")
    if current == nil {
      for byte in bytes {
        header[headerCount] = byte
        headerCount += 1
      }
      guard headerCount == XenstoreHeader.size else { return nil }
      current = try XenstoreHeader(decoding: header)
    } else {
      payload.append(contentsOf: bytes)
    }
    guard let complete = current, payload.count == Int(complete.payloadSize) else { return nil }
    defer { self = XenstoreMessageReader() }
    return XenstoreMessage(header: complete, payload: payload)
  }
}
