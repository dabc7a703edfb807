// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WebServing

/// What is a request, and how connections go on. Source: RFC 9112.
@Suite struct RequestTests {
  @Test(arguments: [
    // The request line.
    ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200), ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ("GET / HTTP/1.1\nHost: a\n\n", 200), ("GET / HTTP/1.0\r\n\r\n", 200),
    ("GET / HTTP/1.9\r\nHost: a\r\n\r\n", 200), ("GET / HTTP/2.0\r\n\r\n", 505),
    ("GET / HTTP/0.9\r\n\r\n", 505), ("GET /\r\n\r\n", 400), ("GET  / HTTP/1.1\r\n\r\n", 400),
    ("GET / http/1.1\r\n\r\n", 400), ("GET / HTTP/1.1 \r\n\r\n", 400),
    (" GET / HTTP/1.1\r\n\r\n", 400),
    ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /\u{1} HTTP/1.1\r\nHost: a\r\n\r\n", 400), ("GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET http://a/sub/ HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ("GET http://a HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ("GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n", 200),
    // Methods.
    ("POST / HTTP/1.1\r\nHost: a\r\n\r\n", 405), ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
    ("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501), ("get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 200), ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    // The host.
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 200), ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
    // Fields.
    ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n b: c\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400),
    // Bodies.
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 405),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\n\r\n", 413),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
    ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n",
      200
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n", 413),
    (
      "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n"
        + String(repeating: "x", count: 70_000), 413
    ),
    ("GET / HTTP/1.1\r\nHost: a\r\nExpect: other\r\n\r\n", 417),
  ])
  func isAnswered(_ request: String, with status: Int) {
    #expect(WebClient().send(request).status == status)
    // However it is cut into pieces.
    let client = WebClient()
    var answer = ""
    for byte in request.utf8 { answer += client.send([byte]) }
    #expect(answer.status == status)
  }

  @Test func limitsAreKept() {
    func long(_ count: Int) -> String { String(repeating: "a", count: count) }
    #expect(WebClient().send("GET /" + long(5000)).status == 414)
    #expect(WebClient().send("GET /\(long(5000)) HTTP/1.1\r\nHost: a\r\n\r\n").status == 414)
    #expect(WebClient().send("GET / HTTP/1.1\r\nX: " + long(9000)).status == 431)
    let many = String(repeating: "a: b\r\n", count: 101)
    #expect(WebClient().send("GET / HTTP/1.1\r\nHost: a\r\n\(many)\r\n").status == 431)
    let client = WebClient()
    #expect(client.send("GET / HTTP/9\r\n\r\n").status == 400)
    #expect(client.connection.isOver)
    #expect(client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").isEmpty, "nothing follows a failure")
  }

  @Test func requestsThatComeTogetherAreAnsweredInOrder() {
    let client = WebClient()
    let answer = client.send(
      "GET /sub/ HTTP/1.1\r\nHost: a\r\n\r\nPOST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 21\r\n\r\n"
        + "GET /not HTTP/1.1\r\n\r\nHEAD /a%20b.txt HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\nGET /"
    )
    let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
    #expect(statuses == ["200", "405", "200"])
    #expect(client.connection.isOver)
    #expect(answer.hasSuffix("Content-Length: 10\r\nConnection: close\r\n\r\n"), "no body for HEAD")
  }

  @Test func connectionsAreKeptAsTheVersionSays() {
    func answer(_ request: String) -> (String?, Bool) {
      let client = WebClient()
      let answer = client.send(request)
      return (answer.field("Connection"), client.connection.isOver)
    }
    #expect(answer("GET / HTTP/1.1\r\nHost: a\r\n\r\n") == (nil, false))
    #expect(answer("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == ("close", true))
    #expect(answer("GET / HTTP/1.0\r\n\r\n") == ("close", true))
    #expect(answer("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n") == ("keep-alive", false))
    #expect(
      answer("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
        == ("close", true), "answered at once: the body need not come")
  }

  @Test func slowClientsAndSilentOnesHaveTheirTime() {
    func at(_ milliseconds: UInt64) -> Moment {
      Moment(milliseconds: milliseconds, calendarSeconds: nil)
    }
    let silent = WebClient().connection
    #expect(silent.patience(now: at(0)) == WebConnection.idleLimit)
    #expect(silent.patience(now: at(WebConnection.idleLimit)) == 0)
    #expect(silent.timeOut(now: at(WebConnection.idleLimit)) == nil && silent.isOver)
    let slow = WebClient().connection
    slow.receive([71], now: at(1000))
    slow.receive([69], now: at(20_000))
    #expect(slow.patience(now: at(20_000)) == 1000, "each byte gives no more time")
    #expect(String(decoding: slow.timeOut(now: at(21_000)) ?? [], as: UTF8.self).status == 408)
  }

  @Test(arguments: 0..<40) func nothingBreaksTheParser(seed: UInt64) {
    var random = Seeded(state: seed)
    let good = Array(
      "GET /sub/?q HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nIf-None-Match: \"a\", W/\"b\"\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
        .utf8)
    for _ in 0..<100 {
      var bytes = good
      for _ in 0..<1 + random.next(below: 4) {
        let place = random.next(below: bytes.count)
        if random.next(below: 3) == 0 {
          bytes.remove(at: place)
        } else {
          bytes[place] = UInt8(random.next(below: 256))
        }
      }
      let whole = WebClient().send(bytes)
      #expect(whole.isEmpty || whole.hasPrefix("HTTP/1.1 "))
      let client = WebClient()
      var pieces = ""
      for byte in bytes { pieces += client.send([byte]) }
      #expect(pieces == whole)
    }
    let noise = (0..<3000).map { _ in UInt8(random.next(below: 256)) }
    #expect([0, 400, 414, 505].contains(WebClient().send(noise).status))
  }
}
