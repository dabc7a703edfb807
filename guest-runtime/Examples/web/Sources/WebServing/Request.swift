// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A request without its body: what of it a server of files looks at. Source: RFC 9110 and RFC 9112.
public final class Request {
  /// What is asked for.
  public enum Method: Equatable, Sendable {
    case get, head, options
    /// One that HTTP has, but not for files that only can be read.
    case other
    /// One that HTTP does not have.
    case unknown
  }

  public let method: Method
  /// The path with its `%` escapes, from `/` on; `*` for the server itself.
  public let path: [UInt8]
  /// What follows the path, from `?` on.
  public let query: [UInt8]
  /// Whether it is HTTP/1.1: 1.0 closes the connection unless it is asked not to.
  public let isModern: Bool

  // Values of header fields, nil or false where there is none.
  var asksToClose = false
  var asksToKeep = false
  var range: [UInt8]?
  var ifRange: [UInt8]?
  var ifMatch: [UInt8]?
  var ifNoneMatch: [UInt8]?
  var ifModifiedSince: [UInt8]?
  var ifUnmodifiedSince: [UInt8]?

  // What the parser needs.
  var hostCount = 0
  var contentLength: UInt64?
  var isChunked = false
  /// The client waits for a word before it sends a body.
  var expectsWord = false

  /// The request of a request line without its end.
  init(line: ArraySlice<UInt8>) throws(RequestFailure) {
    let words = line.split(separator: 32, maxSplits: 3, omittingEmptySubsequences: false)
    guard words.count == 3, !words[0].isEmpty, words[0].allSatisfy(Self.isTokenByte) else {
      throw .badRequest
    }
    let version = words[2]
    let start = version.startIndex
    guard version.count == 8, version.prefix(5).isText("HTTP/"),
      ASCII.isDigit(version[start + 5]), version[start + 6] == 46, ASCII.isDigit(version[start + 7])
    else { throw .badRequest }
    guard version[start + 5] == 49 else { throw .versionNotSupported }
    isModern = version[start + 7] != 48
    method = Self.method(words[0])
    var target = words[1]
    guard target.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 0x23 }) else { throw .badRequest }
    if target.first != 0x2F, let rest = Self.withoutOrigin(target) { target = rest }
    let end = target.firstIndex(of: 0x3F) ?? target.endIndex
    path = end > target.startIndex ? Array(target[..<end]) : [0x2F]
    query = Array(target[end...])
    let isAsterisk = path == [0x2A] && query.isEmpty && method == .options
    // CONNECT names a host, and what is refused anyway need not have a path.
    guard path[0] == 0x2F || isAsterisk || method == .other || method == .unknown else {
      throw .badRequest
    }
  }

  /// Whether another request may follow on the same connection.
  public var keepsConnection: Bool {
    // A client that waits for a word gets the answer instead, and then it may or may not send the body.
    !asksToClose && (isModern || asksToKeep) && !expectsWord
  }
}

/// Why bytes are no request that can be answered, as the status that says so.
public enum RequestFailure: UInt16, Error, Sendable {
  case badRequest = 400
  case contentTooLarge = 413
  case targetTooLong = 414
  case expectationFailed = 417
  case fieldsTooLarge = 431
  case notImplemented = 501
  case versionNotSupported = 505
}

// MARK: - Parts of the request line

extension Request {
  /// What follows `http://HOST`; nil if that is not what it begins with.
  private static func withoutOrigin(_ target: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard target.prefix(7).isTextIgnoringCase("http://") else { return nil }
    let rest = target.dropFirst(7)
    let host = rest.prefix { $0 != 0x2F && $0 != 0x3F }
    return host.isEmpty ? nil : rest.dropFirst(host.count)
  }

  private static func method(_ word: ArraySlice<UInt8>) -> Method {
    if word.isText("GET") { return .get }
    if word.isText("HEAD") { return .head }
    if word.isText("OPTIONS") { return .options }
    for known: StaticString in ["POST", "PUT", "DELETE", "PATCH", "CONNECT", "TRACE"]
    where word.isText(known) {
      return .other
    }
    return .unknown
  }

  /// Source: RFC 9110, 5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    if ASCII.isLetter(byte) || ASCII.isDigit(byte) { return true }
    switch byte {
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: return true
    default: return false
    }
  }
}

// MARK: - Header fields

extension Request {
  /// Takes the line of a header field, without its end.
  func take(field line: ArraySlice<UInt8>) throws(RequestFailure) {
    guard let colon = line.firstIndex(of: 58), colon > line.startIndex,
      line[..<colon].allSatisfy(Self.isTokenByte)
    else { throw .badRequest }
    let value = Self.trimmed(line[(colon + 1)...])
    guard value.allSatisfy({ $0 >= 32 && $0 != 127 || $0 == 9 }) else { throw .badRequest }
    let name = line[..<colon]
    switch name.count {
    case 4 where name.isTextIgnoringCase("host"):
      hostCount += 1
      guard value.allSatisfy(Self.isHostByte) else { throw .badRequest }
    case 5 where name.isTextIgnoringCase("range"): range = Array(value)
    case 6 where name.isTextIgnoringCase("expect"):
      guard value.isTextIgnoringCase("100-continue") else { throw .expectationFailed }
      expectsWord = isModern
    case 8 where name.isTextIgnoringCase("if-range"): ifRange = Array(value)
    case 8 where name.isTextIgnoringCase("if-match"): Self.add(value, to: &ifMatch)
    case 10 where name.isTextIgnoringCase("connection"):
      for word in value.split(separator: 44).map(Self.trimmed) {
        if word.isTextIgnoringCase("close") { asksToClose = true }
        if word.isTextIgnoringCase("keep-alive") { asksToKeep = true }
      }
    case 13 where name.isTextIgnoringCase("if-none-match"): Self.add(value, to: &ifNoneMatch)
    case 14 where name.isTextIgnoringCase("content-length"):
      guard let length = value.decimalValue, contentLength ?? length == length else {
        throw .badRequest
      }
      contentLength = length
    case 17 where name.isTextIgnoringCase("if-modified-since"): ifModifiedSince = Array(value)
    case 17 where name.isTextIgnoringCase("transfer-encoding"):
      guard isModern, !isChunked else { throw .badRequest }
      guard value.isTextIgnoringCase("chunked") else { throw .notImplemented }
      isChunked = true
    case 19 where name.isTextIgnoringCase("if-unmodified-since"): ifUnmodifiedSince = Array(value)
    default: break
    }
  }

  /// Checks what all fields together say.
  func checkFields() throws(RequestFailure) {
    // Both lengths: one server takes the one and the next server the other. Source: RFC 9112, 6.3 and 11.2.
    if isChunked, contentLength != nil { throw .badRequest }
    guard hostCount == 1 || hostCount == 0 && !isModern else { throw .badRequest }
  }

  /// Several fields of a name are one with commas.
  private static func add(_ value: ArraySlice<UInt8>, to list: inout [UInt8]?) {
    list = list.map { $0 + [44] + value } ?? Array(value)
  }

  private static func isHostByte(_ byte: UInt8) -> Bool {
    // Names, addresses and a port: RFC 3986, 3.2.2.
    ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x3A || byte == 0x5B || byte == 0x5D
      || byte == 0x25
      || byte != 0x23 && byte != 0x2F && byte != 0x3F && byte != 0x40 && isTokenByte(byte)
  }

  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var result = bytes
    while let first = result.first, first == 32 || first == 9 { result = result.dropFirst() }
    while let last = result.last, last == 32 || last == 9 { result = result.dropLast() }
    return result
  }
}
