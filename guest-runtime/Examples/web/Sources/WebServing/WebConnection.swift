// SPDX-License-Identifier: Apache-2.0

/// One connection of a client, without any I/O: bytes go in, answers come out in the order of the requests.
public final class WebConnection {
  /// How long a connection may wait for a request to begin, in milliseconds.
  public static let idleLimit: UInt64 = 15_000
  /// How long a client may take from the first byte of a request to the last.
  public static let requestLimit: UInt64 = 20_000
  /// How many bytes are sent at once, not counting the heads of answers.
  private static let pieceSize = 16_384

  private let server: WebServer
  private var parser: RequestParser
  /// Until when the request that has begun, or the next one, must be there.
  private var deadline: UInt64
  private var hasBegun = false
  /// Whether there is no answer after the one that is being sent.
  private var isEnding = false
  /// What of the archive is still to be sent for the last answer.
  private var rest = 0..<0

  public init(_ server: WebServer, limits: RequestParser.Limits = .init(), now: Moment) {
    self.server = server
    parser = RequestParser(limits: limits)
    deadline = now.milliseconds + Self.idleLimit
  }

  /// Whether all is sent, and nothing follows.
  public var isOver: Bool { isEnding && rest.isEmpty }

  /// How long to wait for more bytes, in milliseconds; 0 if the client has had its time.
  public func patience(now: Moment) -> UInt64 {
    deadline > now.milliseconds ? deadline - now.milliseconds : 0
  }

  /// Takes what was received.
  public func receive(_ bytes: [UInt8], now: Moment) {
    parser.receive(bytes)
    if !hasBegun, !parser.isIdle { begin(now) }
  }

  /// The next piece to send; empty if there is none before more is received.
  ///
  /// Answers to requests that came together go together, and large ones in pieces.
  ///
  /// - Parameters:
  ///   - memory: bytes in use and in all, for the status page.
  ///   - copy: adds a part of the archive to bytes.
  // Once in the image, whatever number of places it is called from: the compiler doubles what it inlines into
  // asynchronous functions.
  @inline(never)
  public func nextPiece(
    memory: (used: Int, capacity: Int), now: Moment, copy: (Range<Int>, inout [UInt8]) -> Void
  ) -> [UInt8] {
    var output: [UInt8] = []
    while output.count < Self.pieceSize {
      if rest.isEmpty {
        guard let response = nextResponse(memory: memory, now: now) else { break }
        output += response.head
        switch response.body {
        case .none: break
        case .bytes(let bytes): output += bytes
        case .archive(let range): rest = range
        }
      } else {
        let part = rest.prefix(Self.pieceSize - output.count)
        copy(part, &output)
        rest = rest.dropFirst(part.count)
      }
    }
    return output
  }

  /// The answer to the next request.
  private func nextResponse(memory: (used: Int, capacity: Int), now: Moment) -> Response? {
    guard !isEnding else { return nil }
    let response: Response
    do throws(RequestFailure) {
      guard let request = try parser.next() else { return nil }
      response = server.answer(request, memory: memory, now: now)
    } catch {
      response = server.answer(error, now: now)
    }
    isEnding = response.endsConnection
    hasBegun = false
    deadline = now.milliseconds + Self.idleLimit
    if !parser.isIdle { begin(now) }
    return response
  }

  /// What to send when the client has had its time; nil if it has not begun a request, and is just left.
  public func timeOut(now: Moment) -> [UInt8]? {
    isEnding = true
    return hasBegun ? server.answerToSlowness(now: now).head : nil
  }

  private func begin(_ now: Moment) {
    hasBegun = true
    deadline = now.milliseconds + Self.requestLimit
  }
}
