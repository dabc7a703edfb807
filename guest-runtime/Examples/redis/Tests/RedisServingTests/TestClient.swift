// SPDX-License-Identifier: Apache-2.0

@testable import RedisServing

/// A server and a client of it, on a clock of their own.
final class TestClient {
  let server: RedisServer
  let client: RedisClient
  var now: UInt64

  init(
    _ settings: RedisServer.Settings = .init(), now: UInt64 = 1_000_000, memory: Int = 0,
    largestFree: Int = .max
  ) {
    server = RedisServer(
      settings, seed: 7, now: now, .init(used: { memory }, largestFree: { largestFree }))
    client = server.open()
    self.now = now
  }

  init(of other: TestClient) {
    (server, now) = (other.server, other.now)
    client = server.open()
  }

  /// The answers to bytes.
  func send(_ bytes: [UInt8]) -> [UInt8] {
    client.receive(bytes)
    var output: [UInt8] = []
    var hasMore = true
    while hasMore {
      hasMore = server.run(client, now: now)
      client.release()
      output += client.takeOutput()
    }
    return output
  }

  /// The answers to lines of words.
  func callAsFunction(_ lines: String...) -> String {
    String(decoding: send(Array(lines.map { $0 + "\r\n" }.joined().utf8)), as: UTF8.self)
  }

  func text() -> String { String(decoding: client.takeOutput(), as: UTF8.self) }

  static func encoded(_ words: [String]) -> [UInt8] {
    var bytes = Array("*\(words.count)\r\n".utf8)
    for word in words { bytes += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
    return bytes
  }
}

/// Numbers that are the same in each run.
struct Seeded {
  var state: UInt64

  mutating func next(below limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}
