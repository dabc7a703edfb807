// SPDX-License-Identifier: Apache-2.0

import ByteText

/// Makes requests of the bytes of a connection, in whatever pieces they come. What it keeps is bounded.
public struct RequestParser {
  /// How long things may be, in bytes.
  public struct Limits: Sendable {
    /// The request line.
    public var line = 4096
    /// All header fields together, of 100 at most.
    public var fields = 8192
    /// A body, which is read and forgotten.
    public var body: UInt64 = 65_536

    public init() {}
  }

  private enum State {
    case line
    case fields
    /// The rest of the body, of which so many bytes are to come.
    case body(rest: UInt64)
    case chunks(ChunkSkipper)
    /// After a failure: where the next request begins is not known.
    case failed(RequestFailure)
  }

  private let limits: Limits
  private var state = State.line
  /// What has begun to come.
  private var request: Request?
  private var bytes: [UInt8] = []
  /// The first byte that is not used up.
  private var start = 0
  /// Where to look on for the end of a line.
  private var looked = 0
  private var fieldBytes = 0
  private var fieldCount = 0

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Whether nothing of a request is there yet.
  public var isIdle: Bool {
    if case .line = state { return start == bytes.count }
    return false
  }

  /// Takes what was received.
  public mutating func receive(_ more: [UInt8]) {
    if start == bytes.count {
      bytes = more
    } else {
      bytes.removeFirst(start)
      bytes += more
    }
    looked -= start
    start = 0
    if looked < 0 { looked = 0 }
  }

  /// The next request that is there as a whole, with its body; nil if there is none yet.
  ///
  /// - Throws: `RequestFailure`; nothing more comes of this connection then.
  public mutating func next() throws(RequestFailure) -> Request? {
    do throws(RequestFailure) {
      return try advance()
    } catch {
      state = .failed(error)
      throw error
    }
  }

  private mutating func advance() throws(RequestFailure) -> Request? {
    while true {
      switch state {
      case .line:
        guard let line = takeLine() else {
          guard bytes.count - start <= limits.line else { throw .targetTooLong }
          return nil
        }
        // Some clients put an empty line behind a body. Source: RFC 9112, 2.2.
        if line.isEmpty { continue }
        guard line.count <= limits.line else { throw .targetTooLong }
        request = try Request(line: bytes[line])
        state = .fields
        (fieldBytes, fieldCount) = (0, 0)
      case .fields:
        guard let line = takeLine() else {
          guard fieldBytes + bytes.count - start <= limits.fields else { throw .fieldsTooLarge }
          return nil
        }
        if line.isEmpty {
          try beginBody()
        } else {
          fieldBytes += line.count
          fieldCount += 1
          guard fieldBytes <= limits.fields, fieldCount <= 100 else { throw .fieldsTooLarge }
          try request?.take(field: bytes[line])
        }
      case .body(let rest):
        let count = min(rest, UInt64(bytes.count - start))
        start += Int(count)
        guard count == rest else {
          state = .body(rest: rest - count)
          return nil
        }
        state = .line
        return request
      case .chunks(var skipper):
        start = try skipper.skip(bytes, from: start)
        looked = start
        guard skipper.isDone else {
          state = .chunks(skipper)
          return nil
        }
        state = .line
        return request
      case .failed(let failure): throw failure
      }
    }
  }

  private mutating func beginBody() throws(RequestFailure) {
    guard let request else { return }
    try request.checkFields()
    let length = request.contentLength ?? 0
    guard length <= limits.body else { throw .contentTooLarge }
    if request.expectsWord {
      // It is answered without a look at the body, and the connection ends then.
      state = .body(rest: 0)
    } else if request.isChunked {
      state = .chunks(ChunkSkipper(limit: limits.body))
    } else {
      state = .body(rest: length)
    }
  }

  /// Takes a line that is whole; the range is without its end, LF or CR LF.
  private mutating func takeLine() -> Range<Int>? {
    looked = max(looked, start)
    while looked < bytes.count, bytes[looked] != 10 { looked += 1 }
    guard looked < bytes.count else { return nil }
    let end = looked > start && bytes[looked - 1] == 13 ? looked - 1 : looked
    defer { start = looked + 1 }
    return start..<end
  }
}

/// Goes over a body in chunks. Source: RFC 9112, 7.1.
struct ChunkSkipper: Sendable {
  private enum State {
    case sizeDigits(UInt64, count: Int)
    /// After the digits: extensions, up to the end of the line.
    case sizeRest(UInt64)
    case data(UInt64)
    /// After a chunk's data: CR, then LF.
    case end
    /// Lines after the last chunk, of which the current one is empty so far or not.
    case trailer(isEmpty: Bool)
    case done
  }

  private var state = State.sizeDigits(0, count: 0)
  /// How many bytes there may still be of all kinds.
  private var rest: UInt64

  init(limit: UInt64) { rest = limit }

  var isDone: Bool {
    if case .done = state { return true }
    return false
  }

  /// Goes on.
  ///
  /// - Returns: The first byte that is not the body's.
  mutating func skip(_ bytes: [UInt8], from start: Int) throws(RequestFailure) -> Int {
    var place = start
    while place < bytes.count, !isDone {
      if case .data(let count) = state {
        let step = min(count, UInt64(bytes.count - place))
        try spend(step)
        place += Int(step)
        state = step == count ? .end : .data(count - step)
      } else {
        try spend(1)
        try take(bytes[place])
        place += 1
      }
    }
    return place
  }

  private mutating func take(_ byte: UInt8) throws(RequestFailure) {
    switch state {
    case .sizeDigits(let size, let count):
      if let digit = ASCII.hexadecimalValue(byte) {
        guard count < 8 else { throw .contentTooLarge }
        state = .sizeDigits(size << 4 | UInt64(digit), count: count + 1)
      } else {
        guard count > 0, byte == 13 || byte == 10 || byte == 59 || byte == 32 else {
          throw .badRequest
        }
        state = byte == 10 ? after(size: size) : .sizeRest(size)
      }
    case .sizeRest(let size): if byte == 10 { state = after(size: size) }
    case .end:
      guard byte == 13 || byte == 10 else { throw .badRequest }
      if byte == 10 { state = .sizeDigits(0, count: 0) }
    case .trailer(let isEmpty):
      if byte == 10 {
        state = isEmpty ? .done : .trailer(isEmpty: true)
      } else if byte != 13 {
        state = .trailer(isEmpty: false)
      }
    case .data, .done: break
    }
  }

  private func after(size: UInt64) -> State { size == 0 ? .trailer(isEmpty: true) : .data(size) }

  private mutating func spend(_ count: UInt64) throws(RequestFailure) {
    guard count <= rest else { throw .contentTooLarge }
    rest -= count
  }
}
