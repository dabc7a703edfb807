// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WebServing

/// What is answered. Source: RFC 9110.
@Suite struct AnswerTests {
  private static let tag = "\"2ebc98a1-a\""
  private static let date = "Sun, 06 Nov 1994 08:49:37 GMT"

  @Test func aFileComesWithWhatDescribesIt() {
    let answer = WebClient.get("/a%20b.txt?x=1")
    #expect(
      answer == """
        HTTP/1.1 200 OK\r
        Date: Sun, 06 Nov 1994 08:50:37 GMT\r
        Content-Type: text/plain; charset=utf-8\r
        ETag: \(Self.tag)\r
        Last-Modified: \(Self.date)\r
        Accept-Ranges: bytes\r
        Content-Length: 10\r
        \r
        0123456789
        """)
    let head = WebClient.get("/a%20b.txt", method: "HEAD")
    #expect(answer == head + "0123456789")
    let clockless = WebClient(clock: nil).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(clockless.status == 200 && clockless.field("Date") == nil)
  }

  @Test(arguments: [
    ("/", 200), ("/index.html", 200), ("/sub/", 200), ("/sub/./page.css", 200),
    ("//sub//page.css", 200),
    ("/sub/%70age.css", 200), ("/sub/../sub/page.css", 200), ("/sub/..", 200), ("/sub", 301),
    ("/sub/%2e%2e/a%20b.txt", 200), ("/not", 404), ("/sub/page.css/", 404), ("/Sub/", 404),
    ("/sub%2Fpage.css", 404), ("/..", 400), ("/../etc/passwd", 400), ("/sub/../../x", 400),
    ("/%2e%2e/%2e%2e/etc/passwd", 400), ("/%", 400), ("/%4", 400), ("/%zz", 400), ("/a%00b", 400),
    ("/status", 200),
  ])
  func aPathLeadsTo(_ path: String, _ status: Int) {
    #expect(WebClient.get(path).status == status)
  }

  @Test func aFolderWithoutItsSlashIsRedirected() {
    #expect(WebClient.get("/sub?q=1").field("Location") == "/sub/?q=1")
    // Two slashes at the beginning would name a host.
    #expect(WebClient.get("//evil/deep").field("Location") == "/evil/deep/")
    #expect(WebClient.get("/evil/%64eep").field("Location") == "/evil/deep/")
  }

  @Test func whatIsNotAllowedSaysWhatIs() {
    #expect(WebClient.get("/", method: "DELETE").field("Allow") == "GET, HEAD, OPTIONS")
    #expect(WebClient.get("/", method: "OPTIONS").field("Allow") == "GET, HEAD, OPTIONS")
  }

  @Test(arguments: [
    ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=4-", 206, "456789", "bytes 4-9/10"),
    ("bytes=-3", 206, "789", "bytes 7-9/10"), ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
    ("Bytes=9-99999999999999999999999", 206, "9", "bytes 9-9/10"),
    ("bytes=10-", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
    ("bytes=3-2", 200, "0123456789", nil), ("bytes=1-2,4-5", 200, "0123456789", nil),
    ("bytes=", 200, "0123456789", nil), ("bytes=-", 200, "0123456789", nil),
    ("bytes=a-b", 200, "0123456789", nil), ("lines=1-2", 200, "0123456789", nil),
    ("bytes=+1-2", 200, "0123456789", nil),
  ])
  func aPartIsSent(_ range: String, _ status: Int, _ body: String, _ field: String?) {
    let answer = WebClient.get("/a%20b.txt", "Range: \(range)")
    #expect(answer.status == status)
    if status != 416 { #expect(answer.body == body) }
    #expect(answer.field("Content-Range") == field)
    #expect(WebClient.get("/a%20b.txt", "Range: \(range)", method: "HEAD").status == 200)
  }

  @Test(arguments: [
    (["If-None-Match: \(tag)"], 304), (["If-None-Match: \"x\", W/\(tag)"], 304),
    (["If-None-Match: \"x\""], 200), (["If-None-Match: *"], 304),
    (["If-None-Match: \"x\"", "If-None-Match: \(tag)"], 304),
    (["If-Modified-Since: \(date)"], 304),
    (["If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT"], 304),
    (["If-Modified-Since: Sun Nov  6 08:49:37 1994"], 304),
    (["If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT"], 200),
    (["If-Modified-Since: yesterday"], 200),
    (["If-Modified-Since: \(date)", "If-None-Match: \"x\""], 200),
    (["If-Match: \(tag)"], 200), (["If-Match: \"x\""], 412), (["If-Match: W/\(tag)"], 412),
    (["If-Unmodified-Since: \(date)"], 200),
    (["If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT"], 412),
    (["Range: bytes=0-1", "If-Range: \(tag)"], 206),
    (["Range: bytes=0-1", "If-Range: \"x\""], 200),
    (["Range: bytes=0-1", "If-Range: W/\(tag)"], 200),
    (["Range: bytes=0-1", "If-Range: \(date)"], 206),
    (["Range: bytes=0-1", "If-None-Match: \(tag)"], 304),
  ])
  func conditionsAreKept(_ fields: [String], _ status: Int) {
    let lines = ["GET /a%20b.txt HTTP/1.1", "Host: a"] + fields
    let answer = WebClient().send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    #expect(answer.status == status)
    if status == 304 {
      #expect(answer.body.isEmpty && answer.field("ETag") == Self.tag)
      #expect(answer.field("Content-Length") == nil)
    }
  }

  @Test func datesAreThoseOfTheCalendar() {
    for (seconds, text) in [
      (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (4_107_542_399, "Sun, 28 Feb 2100 23:59:59 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ] as [(UInt64, String)] {
      let date = HTTPDate(seconds: seconds)
      #expect(String(decoding: date.text, as: UTF8.self) == text)
      #expect(HTTPDate(Array(text.utf8)[...]) == date)
    }
    for day in stride(from: 0 as UInt64, to: 60_000, by: 17) {
      let date = HTTPDate(seconds: day * 86_400 + 12_345)
      #expect(HTTPDate(date.text[...]) == date)
    }
    for wrong in [
      "Sun, 30 Feb 2000 00:00:00 GMT", "Sun, 01 Jan 2000 24:00:00 GMT",
      "Sun, 01 Jan 1969 00:00:00 GMT", "", "GMT",
    ] {
      #expect(HTTPDate(Array(wrong.utf8)[...]) == nil)
    }
  }

  @Test func connectionsAreCountedAndBounded() {
    let server = WebClient(connectionLimit: 2).server
    #expect(server.open() && server.open() && !server.open())
    server.close()
    #expect(server.open())
    let text = String(
      decoding: server.refusal(now: Moment(milliseconds: 1, calendarSeconds: nil)), as: UTF8.self)
    #expect(text.status == 503 && text.field("Connection") == "close")
  }

  @Test func theStatusPageHasTheFigures() {
    let client = WebClient()
    for _ in 0..<7 { _ = client.send("GET /not HTTP/1.1\r\nHost: a\r\n\r\n") }
    let page = client.send("GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(page.status == 200 && page.field("Cache-Control") == "no-store")
    #expect(page.contains("<th>Requests</th><td>7</td>"))
    #expect(page.contains("<th>Answers of 400 and above</th><td>7</td>"))
    #expect(page.contains("<th>Up for</th><td>5</td><td>s</td>"))
    #expect(page.contains("<th>Memory in use</th><td>1024</td><td>KiB</td>"))
  }

  @Test func thePlotHasASecondsRequestsAtItsPlace() {
    var figures = ServerFigures(start: 0, connectionLimit: 1)
    let response = ResponseDraft(200).response(
      date: nil, isHead: false, isModern: true, keeps: true)
    for _ in 0..<3 { figures.count(response, now: 10_500) }
    figures.count(response, now: 11_000)
    #expect(figures.lastSeconds(now: 12_000).suffix(3) == [0, 3, 1])
    #expect(figures.lastSeconds(now: 311_500).first == 0)
    #expect(figures.lastSeconds(now: 310_900).allSatisfy { $0 <= 1 })
    #expect(figures.lastSeconds(now: 10_000_000).allSatisfy { $0 == 0 })
  }
}
