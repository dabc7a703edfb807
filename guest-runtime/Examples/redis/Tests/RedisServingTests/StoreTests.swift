// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import RedisServing

/// What cannot be compared with Redis: time, memory, messages, the log, and hostile clients.
@Suite struct StoreTests {
  @Test func keysExpireWhenTheyAreAskedForAndByTheSweep() {
    let client = TestClient()
    #expect(client("SET a 1 PX 100", "SET b 1 EX 1", "SET c 1") == "+OK\r\n+OK\r\n+OK\r\n")
    client.now += 99
    #expect(client("PTTL a", "GET a") == ":1\r\n$1\r\n1\r\n")
    client.now += 1
    #expect(client("GET a", "DBSIZE") == "$-1\r\n:2\r\n")
    client.now += 1000
    #expect(client("DBSIZE") == ":2\r\n", "nobody has looked")
    #expect(client.server.sweep(now: client.now))
    #expect(client("DBSIZE", "KEYS *") == ":1\r\n*1\r\n$1\r\nc\r\n")
    #expect(!client.server.sweep(now: client.now))
    for number in 0..<1000 { _ = client("SET k\(number) x PX 5") }
    client.now += 5
    for _ in 0..<6 { _ = client.server.sweep(now: client.now) }
    #expect(client("DBSIZE") == ":1\r\n", "a bounded number of sweeps gets to all keys")
  }

  @Test func withoutMemoryNothingGrows() {
    var settings = RedisServer.Settings()
    settings.memoryLimit = 100
    let client = TestClient(settings, memory: 101)
    let refusal = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
    for command in ["SET a b", "LPUSH a b", "HSET a b c", "SADD a b", "APPEND a b", "INCR a"] {
      #expect(client(command) == refusal)
    }
    #expect(client("GET a", "DEL a", "PING") == "$-1\r\n:0\r\n+PONG\r\n")
  }

  @Test func messagesGoToThoseThatSubscribed() {
    let (one, two) = (TestClient(), TestClient())
    let receiver = TestClient(of: one)
    var count = 0
    receiver.client.onMessage = { count += 1 }
    #expect(
      receiver("SUBSCRIBE news", "PSUBSCRIBE n*").hasSuffix(
        "$10\r\npsubscribe\r\n$2\r\nn*\r\n:2\r\n"))
    #expect(one("PUBLISH news hello", "PUBLISH other x") == ":2\r\n:0\r\n")
    #expect(count == 2)
    #expect(
      receiver.text()
        == "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n*4\r\n$8\r\npmessage\r\n$2\r\nn*\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
    )
    #expect(two("PUBLISH news hello") == ":0\r\n", "another server")
    let long = String(repeating: "x", count: 60_000)
    for _ in 0..<30 { _ = one.send(TestClient.encoded(["PUBLISH", "news", long])) }
    #expect(receiver.client.isEnding, "one that does not read is given up")
    #expect(receiver.client.takeOutput().count < 1_200_000)
    one.server.close(receiver.client)
    #expect(one("PUBLISH news x") == ":0\r\n")
  }

  @Test func tooManyClientsAreTold() {
    var settings = RedisServer.Settings()
    settings.clientLimit = 1
    let one = TestClient(settings)
    let two = TestClient(of: one)
    #expect(two.text() == "-ERR max number of clients reached\r\n" && two.client.isEnding)
    one.server.close(two.client)
    one.server.close(one.client)
    #expect(TestClient(of: one)("PING") == "+PONG\r\n")
  }

  /// Whatever was done, the log makes the same of nothing, and so does what is written anew.
  @Test(arguments: 0..<20) func theLogMakesTheSame(seed: UInt64) {
    let client = TestClient()
    client.server.beginLog()
    var random = Seeded(state: seed)
    let commands = [
      "SET k 1", "SET k 2 PX 50", "SET k 3 KEEPTTL", "SET k 4 NX", "SET k 5 EX 100 GET",
      "APPEND k x", "INCR k",
      "GETDEL k", "DEL k", "EXPIRE k 10", "PEXPIRE k 30", "PERSIST k", "EXPIRE k -1", "LPUSH k a b",
      "RPUSH k c",
      "LPOP k", "RPOP k 2", "HSET k f 1 g 2", "HINCRBY k f 5", "HDEL k f", "SADD k a b c",
      "SREM k a", "SPOP k 2",
      "MSET k 1 k0 2", "FLUSHALL", "GETSET k 8", "SETEX k 9 v", "PSETEX k 40 v",
    ]
    var log: [UInt8] = []
    for _ in 0..<400 {
      let command = commands[
        random.next(below: commands.count - (random.next(below: 9) == 0 ? 0 : 4))]
      _ = client(command.replacing(" k", with: " k\(random.next(below: 5))", maxReplacements: 1))
      client.now += UInt64(random.next(below: 20))
      log += client.server.takeLog().joined()
    }
    func contents(_ client: TestClient) -> [[UInt8]] {
      _ = client("KEYS *", "GET k0", "GET k1", "GET k2", "GET k3", "GET k4")
      return pieces(of: client.server)
    }
    let expected = contents(client)
    let replayed = TestClient(now: client.now)
    replayed.server.replay(log)
    #expect(contents(replayed).flatMap { $0 }.sorted() == expected.flatMap { $0 }.sorted())
    let restored = TestClient(now: client.now)
    for piece in expected { restored.server.replay(piece) }
    #expect(contents(restored) == expected)
  }

  private func pieces(of server: RedisServer) -> [[UInt8]] {
    let next = server.snapshot()
    return Array(sequence(state: (), next: { _ in next() }))
  }

  /// A snapshot is made piece by piece, while all that is in it changes.
  @Test func aSnapshotIsOfOneMoment() {
    let client = TestClient()
    let long = String(repeating: "x", count: 2000)
    for number in 0..<40 {
      _ = client(
        "SET s\(number) \(long)", "RPUSH l \(number)\(long)", "HSET h f\(number) \(long)",
        "SADD m \(number)\(long)", "SREM m 3\(long)", "SET t\(number) x PX 1000")
    }
    let expected = pieces(of: client.server)
    #expect(expected.count > 8 && expected.allSatisfy { $0.count < 70_000 })
    let next = client.server.snapshot()
    var found: [[UInt8]] = []
    var commands = (0..<40).flatMap {
      [
        "APPEND s\($0) y", "LPOP l", "RPUSH l z", "HSET h f\($0) z", "HDEL h f\($0 / 2)", "SPOP m",
        "DEL s\($0 / 3)", "PERSIST t\($0)",
      ]
    }
    while let piece = next() {
      found.append(piece)
      for _ in 0..<40 { if let command = commands.popLast() { _ = client(command) } }
    }
    #expect(found == expected)
    let restored = TestClient(now: client.now)
    for piece in expected { restored.server.replay(piece) }
    #expect(pieces(of: restored.server) == expected)
  }

  /// What the log has is taken whether there is memory for more or not: it would be lost otherwise.
  @Test func aReplayIsNotRefused() {
    var settings = RedisServer.Settings()
    settings.memoryLimit = 100
    let client = TestClient(settings, memory: 101)
    client.server.replay(TestClient.encoded(["SET", "a", "b"]))
    #expect(client("GET a", "SET a c").hasPrefix("$1\r\nb\r\n-OOM "))
  }

  @Test func answersWaitForTheLog() {
    var settings = RedisServer.Settings()
    settings.waitsForLog = true
    let client = TestClient(settings).client
    let server = RedisServer(settings, seed: 1, now: 0, .init(used: { 0 }, largestFree: { .max }))
    server.beginLog()
    let own = server.open()
    own.receive(Array("PING\r\n".utf8))
    #expect(!server.run(own, now: 0) && !own.isHolding)
    #expect(own.takeOutput() == Array("+PONG\r\n".utf8))
    own.receive(Array("SET a 1\r\nGET a\r\n".utf8))
    #expect(!server.run(own, now: 0) && own.isHolding && own.takeOutput().isEmpty)
    own.release()
    #expect(own.takeOutput() == Array("+OK\r\n$1\r\n1\r\n".utf8))
    own.receive(Array("SET a 1\r\nGET a\r\n".utf8))
    _ = server.run(own, now: 0)
    server.noteLog(isFull: true)
    server.refuse(own)
    let refusal = "-MISCONF Errors writing to the AOF file: No space left on device\r\n"
    #expect(own.takeOutput() == Array((refusal + refusal).utf8))
    own.receive(Array("SET a 2\r\nGET a\r\nDEL a\r\n".utf8))
    _ = server.run(own, now: 0)
    own.release()
    #expect(own.takeOutput() == Array((refusal + "$1\r\n1\r\n:1\r\n").utf8))
    _ = client
  }

  /// Keys that are there all the time come exactly once, whatever happens to others.
  @Test func aScanMissesNothing() throws {
    let client = TestClient()
    var random = Seeded(state: 5)
    for number in 0..<500 { _ = client("SET stays\(number) x") }
    var (cursor, seen): (String, [String]) = ("0", [])
    repeat {
      let parts = client("SCAN \(cursor) COUNT 7").split(separator: "\r\n").filter {
        $0.first != "$" && $0.first != "*"
      }
      cursor = String(try #require(parts.first))
      seen += parts.dropFirst().filter { $0.hasPrefix("stays") }.map(String.init)
      for _ in 0..<20 {
        let name = "other\(random.next(below: 300))"
        _ = client(random.next(below: 2) == 0 ? "SET \(name) x" : "DEL \(name)")
      }
    } while cursor != "0"
    #expect(seen.count == 500 && Set(seen).count == 500)
  }

  @Test(arguments: 0..<30) func nothingBreaksTheParser(seed: UInt64) {
    var random = Seeded(state: seed)
    var settings = RedisServer.Settings()
    settings.commandLimit = 1000
    let good = TestClient.encoded(["SET", "key", "value"]) + Array("GET \"a\\x41\" 'b'\r\n".utf8)
    for _ in 0..<200 {
      var bytes = good + good
      for _ in 0..<1 + random.next(below: 4) {
        let place = random.next(below: bytes.count)
        if random.next(below: 3) == 0 {
          bytes.remove(at: place)
        } else {
          bytes[place] = UInt8(random.next(below: 256))
        }
      }
      let whole = TestClient(settings).send(bytes)
      let client = TestClient(settings)
      #expect(bytes.flatMap { client.send([$0]) } == whole)
    }
    for count in 0..<good.count { _ = TestClient(settings).send(Array(good[..<count])) }
    let noise = (0..<5000).map { _ in UInt8(random.next(below: 256)) }
    _ = TestClient(settings).send(noise)
  }

  @Test func whatIsTooLongIsRefused() {
    var settings = RedisServer.Settings()
    settings.commandLimit = 1000
    func answer(_ text: String) -> String {
      String(decoding: TestClient(settings).send(Array(text.utf8)), as: UTF8.self)
    }
    let long = String(repeating: "1", count: 70_000)
    #expect(
      answer("*2\r\n$3\r\nGET\r\n$1001\r\n") == "-ERR Protocol error: invalid bulk length\r\n")
    #expect(
      answer("*3\r\n$600\r\n\(long.prefix(600))\r\n$600\r\n")
        == "-ERR Protocol error: invalid bulk length\r\n")
    #expect(answer(long) == "-ERR Protocol error: too big inline request\r\n")
    #expect(answer("*" + long) == "-ERR Protocol error: too big mbulk count string\r\n")
    #expect(answer("*1\r\n$" + long) == "-ERR Protocol error: too big bulk count string\r\n")
    #expect(answer("*2000000\r\n") == "-ERR Protocol error: invalid multibulk length\r\n")
  }

  @Test func patternsTakeBoundedTime() {
    let pattern = [UInt8]("a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b".utf8)
    #expect(!GlobPattern.matches(pattern, [UInt8](repeating: 97, count: 2000)))
  }
}
