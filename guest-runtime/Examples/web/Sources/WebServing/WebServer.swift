// SPDX-License-Identifier: Apache-2.0

import ByteText

/// A moment of the guest's clocks.
public struct Moment: Sendable {
  /// Of a clock that never goes back.
  public let milliseconds: UInt64
  /// Seconds since 1970; nil if nobody knows.
  public let calendarSeconds: UInt64?

  public init(milliseconds: UInt64, calendarSeconds: UInt64?) {
    self.milliseconds = milliseconds
    self.calendarSeconds = calendarSeconds
  }
}

/// What all connections share: the site, and the figures of what was served. Without any I/O.
public final class WebServer: @unchecked Sendable {
  // A guest has one CPU, and nothing runs in the middle of a call.
  private let site: Site
  private var figures: ServerFigures
  private var date: (seconds: UInt64, text: [UInt8])?

  public init(_ site: Site, connectionLimit: Int, now: Moment) {
    self.site = site
    figures = ServerFigures(start: now.milliseconds, connectionLimit: connectionLimit)
  }

  // MARK: Connections

  /// Counts a new connection; false if there are as many as there may be, and then ``refusal(now:)`` is the answer.
  public func open() -> Bool { figures.open() }

  /// Counts the end of a connection that was counted.
  public func close() { figures.close() }

  /// What to send, unasked, on a connection that there is no room for.
  public func refusal(now: Moment) -> [UInt8] {
    var draft = ResponseDraft(503)
    draft.add("Retry-After", "1")
    return finish(draft, now: now).head
  }

  // MARK: Answers

  /// The answer to a request; `memory` is bytes in use and in all, for the status page.
  func answer(_ request: Request, memory: (used: Int, capacity: Int), now: Moment) -> Response {
    let draft: ResponseDraft
    switch request.method {
    case .get, .head: draft = get(request, memory, now)
    case .options:
      var options = ResponseDraft(200)
      options.add("Allow", "GET, HEAD, OPTIONS")
      draft = options
    case .other:
      var refusal = ResponseDraft.note(405)
      refusal.add("Allow", "GET, HEAD, OPTIONS")
      draft = refusal
    case .unknown: draft = .note(501)
    }
    return finish(draft, to: request, now: now)
  }

  /// The answer to what is no request; nothing can follow it.
  func answer(_ failure: RequestFailure, now: Moment) -> Response {
    finish(.note(failure.rawValue), now: now)
  }

  /// What to send to a client that does not finish its request.
  func answerToSlowness(now: Moment) -> Response { finish(ResponseDraft(408), now: now) }

  private func get(
    _ request: Request, _ memory: (used: Int, capacity: Int), _ now: Moment
  ) -> ResponseDraft {
    switch site.place(at: request.path) {
    case .file(let file): return send(file, request, now)
    case .status:
      var draft = ResponseDraft(200)
      draft.add("Cache-Control", "no-store")
      let page = StatusPage.text(of: figures, memory: memory, now: now.milliseconds)
      draft.set(.bytes(page), "text/html; charset=utf-8")
      return draft
    case .folder(let path):
      var draft = ResponseDraft.note(301)
      draft.add("Location", path + request.query)
      return draft
    case .nothing: return .note(404)
    case .badPath: return .note(400)
    }
  }

  private func send(_ file: TarArchive.File, _ request: Request, _ now: Moment) -> ResponseDraft {
    let outcome = Conditions.outcome(
      of: request, for: file, now: now.calendarSeconds.map { HTTPDate(seconds: $0) })
    var draft: ResponseDraft
    switch outcome {
    case .failed: return .note(412)
    case .badRange:
      draft = .note(416)
      draft.add("Content-Range", [UInt8](text: "bytes */") + decimal(file.range.count))
      return draft
    case .notModified: draft = ResponseDraft(304)
    case .whole:
      draft = ResponseDraft(200)
      draft.set(.archive(file.range), file.contentType)
    case .part(let part):
      draft = ResponseDraft(206)
      let start = file.range.lowerBound
      draft.set(
        .archive(start + part.lowerBound..<start + part.upperBound), file.contentType)
      var range = [UInt8](text: "bytes ")
      range += decimal(part.lowerBound) + [0x2D] + decimal(part.upperBound - 1) + [0x2F]
      draft.add("Content-Range", range + decimal(file.range.count))
    }
    draft.add("ETag", file.entityTag)
    draft.add("Last-Modified", HTTPDate(seconds: file.time).text)
    draft.add("Accept-Ranges", "bytes")
    return draft
  }

  private func finish(_ draft: ResponseDraft, to request: Request? = nil, now: Moment) -> Response {
    let response = draft.response(
      date: now.calendarSeconds.map(dateText), isHead: request?.method == .head,
      isModern: request?.isModern ?? true, keeps: request?.keepsConnection ?? false)
    figures.count(response, now: now.milliseconds)
    return response
  }

  /// The date as text, which is made once a second.
  private func dateText(_ seconds: UInt64) -> [UInt8] {
    if let date, date.seconds == seconds { return date.text }
    let text = HTTPDate(seconds: seconds).text
    date = (seconds, text)
    return text
  }

  private func decimal(_ number: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.append(decimal: number)
    return text
  }
}
