// SPDX-License-Identifier: Apache-2.0

import ByteText

/// An answer: its head as it is sent, and where its body is.
struct Response: Sendable {
  enum Body: Equatable, Sendable {
    case none
    case bytes([UInt8])
    /// A part of the archive.
    case archive(Range<Int>)

    var count: Int {
      switch self {
      case .none: 0
      case .bytes(let bytes): bytes.count
      case .archive(let range): range.count
      }
    }
  }

  let status: UInt16
  /// The status line and all fields, with the empty line.
  let head: [UInt8]
  let body: Body
  /// Whether the connection is to be closed behind it.
  let endsConnection: Bool
}

/// An answer that is being put together.
struct ResponseDraft {
  let status: UInt16
  private(set) var fields: [UInt8] = []
  private(set) var body = Response.Body.none
  /// What the length says, though there be no body.
  private var length: Int?

  init(_ status: UInt16) { self.status = status }

  /// One that says in a line of text what its status is.
  static func note(_ status: UInt16) -> ResponseDraft {
    var draft = ResponseDraft(status)
    var text: [UInt8] = []
    text.append(decimal: UInt64(status))
    text.append(32)
    text.append(reason(of: status))
    text.append(10)
    draft.set(.bytes(text), "text/plain; charset=utf-8")
    return draft
  }

  mutating func add(_ name: StaticString, _ value: [UInt8]) {
    fields.append(name)
    fields.append(": ")
    fields += value
    fields.append("\r\n")
  }

  mutating func add(_ name: StaticString, _ value: StaticString) {
    fields.append(name)
    fields.append(": ")
    fields.append(value)
    fields.append("\r\n")
  }

  mutating func set(_ body: Response.Body, _ type: StaticString) {
    self.body = body
    length = body.count
    add("Content-Type", type)
  }

  /// The answer, with a date if there is a clock. A client that speaks HTTP/1.1, and so is modern, takes a
  /// connection as kept unless something is said.
  func response(date: [UInt8]?, isHead: Bool, isModern: Bool, keeps: Bool) -> Response {
    var head: [UInt8] = []
    head.reserveCapacity(256)
    head.append("HTTP/1.1 ")
    head.append(decimal: UInt64(status))
    head.append(32)
    head.append(Self.reason(of: status))
    head.append("\r\n")
    if let date {
      head.append("Date: ")
      head += date
      head.append("\r\n")
    }
    head += fields
    // A 304 has no body, whatever it says.
    if status != 304 {
      head.append("Content-Length: ")
      head.append(decimal: UInt64(length ?? 0))
      head.append("\r\n")
    }
    if !keeps { head.append("Connection: close\r\n") }
    if keeps, !isModern { head.append("Connection: keep-alive\r\n") }
    head.append("\r\n")
    return Response(
      status: status, head: head, body: isHead || status == 304 ? .none : body,
      endsConnection: !keeps)
  }

  private static func reason(of status: UInt16) -> StaticString {
    switch status {
    case 200: "OK"
    case 204: "No Content"
    case 206: "Partial Content"
    case 301: "Moved Permanently"
    case 304: "Not Modified"
    case 400: "Bad Request"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 412: "Precondition Failed"
    case 413: "Content Too Large"
    case 414: "URI Too Long"
    case 416: "Range Not Satisfiable"
    case 417: "Expectation Failed"
    case 431: "Request Header Fields Too Large"
    case 501: "Not Implemented"
    case 503: "Service Unavailable"
    case 505: "HTTP Version Not Supported"
    default: "Unknown"
    }
  }
}
