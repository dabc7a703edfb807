// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import RedisServing

/// Whatever clients send, the memory that it takes is bounded.
@Suite struct MemoryTests {
  @Test func shortArgumentsCountWithWhatTheyTake() {
    var settings = RedisServer.Settings()
    settings.commandLimit = 1 << 20
    let client = TestClient(settings)
    var sent = 0
    #expect(client.send(Array("*1048576\r\n".utf8)).isEmpty)
    let piece = Array(String(repeating: "$1\r\na\r\n", count: 1000).utf8)
    while !client.client.isEnding, sent < 1_048_000 {
      let answer = client.send(piece)
      sent += 1000
      #expect(client.client.parser.size <= settings.commandLimit + 2 * piece.count)
      if client.client.isEnding {
        #expect(answer == Array("-ERR Protocol error: invalid bulk length\r\n".utf8))
      }
    }
    #expect(client.client.isEnding && sent < 20_000)
    #expect(client.client.parser.size == 0)
  }

  /// Nothing is taken away that cannot be told.
  @Test func aLongAnswerIsRefused() {
    var settings = RedisServer.Settings()
    settings.answerLimit = 9 << 20
    let client = TestClient(settings)
    let refusal = "-OOM there is no memory for an answer of this length\r\n"
    func ask(_ words: String...) -> String {
      String(decoding: client.send(TestClient.encoded(words)), as: UTF8.self)
    }
    let long = String(repeating: "x", count: 1 << 20)
    _ = ask("SET", "k", long)
    #expect(ask("MGET", "k", "k", "k") == refusal)
    #expect(ask("MGET", "k", "k").utf8.count > 2 << 20)
    #expect(ask("PING") == "+PONG\r\n")
    for number in 0..<4 {
      _ = ask("RPUSH", "list", long)
      _ = ask("SADD", "set", "\(number)" + long)
      _ = ask("HSET", "hash", "\(number)", long)
    }
    for question in [
      "LRANGE list 0 -1", "LPOP list 3", "RPOP list 3", "SPOP set 3", "SMEMBERS set",
      "HGETALL hash", "HVALS hash",
    ] {
      #expect(client(question) == refusal, "\(question)")
    }
    #expect(client("LLEN list", "SCARD set", "HLEN hash") == ":4\r\n:4\r\n:4\r\n")
    #expect(client("SPOP set 2").utf8.count > 2 << 20 && client("SCARD set") == ":2\r\n")
    _ = ask("SET", "k", long + long + long)
    for question in ["GET k", "GETDEL k", "GETSET k a", "SET k a GET"] {
      #expect(client(question) == refusal, "\(question)")
    }
    #expect(client("STRLEN k") == ":\(3 << 20)\r\n")
  }

  @Test func anAnswerFitsIntoWhatIsLeft() {
    var settings = RedisServer.Settings()
    settings.answerLimit = 1_000_000
    let client = TestClient(settings, memory: 940_000)
    let value = String(repeating: "x", count: 30_000)
    _ = client.send(TestClient.encoded(["SET", "k", value]))
    #expect(client("GET k").hasPrefix("-OOM "))
    #expect(client("GETRANGE k 0 9999").utf8.count == 10_010)
    #expect(client("GETRANGE k 0 9") == "$10\r\nxxxxxxxxxx\r\n")
    let subscriber = TestClient(of: client)
    _ = subscriber("SUBSCRIBE news")
    #expect(client.send(TestClient.encoded(["PUBLISH", "news", value])) == Array(":1\r\n".utf8))
    #expect(subscriber.client.isEnding)
  }

  /// Commands that came together are not answered together when there is little memory.
  @Test func answersWaitForEachOther() {
    var settings = RedisServer.Settings()
    settings.answerLimit = 1_000_000
    let client = TestClient(settings, memory: 970_000)
    _ = client("SET k \(String(repeating: "x", count: 4000))")
    client.client.receive(Array(String(repeating: "GET k\r\n", count: 100).utf8))
    var sizes: [Int] = []
    while client.server.run(client.client, now: 0) {
      sizes.append(client.client.takeOutput().count)
    }
    sizes.append(client.client.takeOutput().count)
    #expect(sizes.reduce(0, +) == 100 * 4009 && sizes.allSatisfy { $0 < 15_000 })
  }

  /// A table or a list grows by copying, which needs memory too.
  @Test func whatGrowsNeedsRoomToGrow() {
    var settings = RedisServer.Settings()
    settings.memoryLimit = 1_000_000
    let client = TestClient(settings, memory: 900_000)
    let empty = TestClient.encoded(["RPUSH", "list"] + [String](repeating: "", count: 100))
    var count = 0
    while count < 1000, client.send(empty).first == 58 { count += 1 }
    #expect((20...100).contains(count))
    for number in 0..<10_000 { _ = client("SET \(number) x") }
    let keys = client.server.keyCount
    #expect((300...2000).contains(keys))
    #expect(client("SET new y") == "-OOM command not allowed when used memory > 'maxmemory'.\r\n")
  }

  /// Free memory in many pieces is of little use.
  @Test func whatIsNotInOnePieceIsNotTaken() {
    var settings = RedisServer.Settings()
    (settings.memoryLimit, settings.pieceLimit, settings.answerLimit) = (1 << 30, 500_000, 1 << 30)
    let client = TestClient(settings, largestFree: 499_999)
    let refusal = "-OOM command not allowed when used memory > 'maxmemory'.\r\n"
    #expect(client("SET a b", "GET a") == refusal + "$-1\r\n")
    settings.pieceLimit = 0
    let other = TestClient(settings, largestFree: 300_000)
    func set(_ count: Int) -> String {
      let value = String(repeating: "x", count: count)
      return String(decoding: other.send(TestClient.encoded(["SET", "a", value])), as: UTF8.self)
    }
    #expect(set(100_000) == "+OK\r\n")
    #expect(other("GET a").hasPrefix("-OOM ") && other("GETRANGE a 0 9") == "$10\r\nxxxxxxxxxx\r\n")
    let subscriber = TestClient(of: other)
    _ = subscriber("SUBSCRIBE news")
    _ = other("PUBLISH news \(String(repeating: "x", count: 50_000))")
    #expect(subscriber.client.isEnding)
    #expect(set(150_001) == "-ERR Protocol error: invalid bulk length\r\n")
    #expect(other.client.isEnding)
  }

  /// A long argument is received where it stays, whatever comes before and after it.
  @Test(arguments: [1, 1000, 70_000, 200_000]) func longArgumentsComeInAnyPieces(size: Int) {
    let client = TestClient()
    let value = String(decoding: (0..<150_000).map { UInt8(97 + $0 % 26) }, as: UTF8.self)
    let bytes =
      TestClient.encoded(["MSET", "a", value, "b", "short", "c", value + "!"])
      + TestClient.encoded(["STRLEN", "c"])
    var answer: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      answer += client.send(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(String(decoding: answer, as: UTF8.self) == "+OK\r\n:150001\r\n")
    #expect(client("GET a") == "$150000\r\n\(value)\r\n" && client("GET b") == "$5\r\nshort\r\n")
    #expect(client("GET c") == "$150001\r\n\(value)!\r\n")
  }

  @Test func ownWordsInErrorsAreCut() {
    let client = TestClient()
    let long = String(repeating: "x", count: 60_000)
    #expect(client("SET k v", "EXPIRE k 1 \(long)").count < 600)
    #expect(
      client("CLIENT SETNAME \(long)", "CLIENT GETNAME")
        == "-ERR Client name is too long\r\n$-1\r\n")
  }

  @Test func clientsShareTheRoomForUnfinishedCommands() {
    var settings = RedisServer.Settings()
    settings.inputLimit = 1 << 20
    let first = TestClient(settings)
    var clients = [first]
    let half =
      Array("*2\r\n$4\r\nECHO\r\n$400000\r\n".utf8) + [UInt8](repeating: 120, count: 200_000)
    var refused = 0
    for _ in 0..<20 {
      let client = TestClient(of: first)
      let answer = client.send(half)
      clients.append(client)
      guard client.client.isEnding else { continue }
      refused += 1
      let text = "-ERR Protocol error: no memory for the rest of the command\r\n"
      #expect(answer == Array(text.utf8))
    }
    #expect((16...19).contains(refused))
    let kept = clients.map(\.client.parser.size).reduce(0, +)
    #expect(kept <= settings.inputLimit && kept > settings.inputLimit / 3)
    // Short commands go on, also in several pieces.
    #expect(first.send(Array("*2\r\n$4\r\nECHO\r\n$2\r".utf8)).isEmpty)
    #expect(first.send(Array("\nhi\r\n".utf8)) == Array("$2\r\nhi\r\n".utf8))
    // Those that have gone make room.
    clients = []
    let last = TestClient(of: first)
    #expect(last.send(half).isEmpty && !last.client.isEnding)
  }

  @Test func aStringIsNoLongerThanACommand() {
    var settings = RedisServer.Settings()
    settings.commandLimit = 1000
    let client = TestClient(settings)
    let piece = String(repeating: "x", count: 400)
    #expect(client("APPEND k \(piece)", "APPEND k \(piece)") == ":400\r\n:800\r\n")
    #expect(
      client("APPEND k \(piece)", "STRLEN k")
        == "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n:800\r\n")
  }

  /// What grows at the same time fits together.
  @Test(arguments: [8 << 20, 16 << 20, 1 << 30], [false, true])
  func theAmountsFitTogether(capacity: Int, hasLog: Bool) {
    let network = min(5 << 19, capacity / 4)
    let settings = RedisServer.Settings(
      capacity: capacity, used: 1 << 20, network: network, hasLog: hasLog)
    let input = settings.inputLimit + settings.clientLimit * InputBudget.share
    let all = settings.memoryLimit + 2 * settings.commandLimit + input + network
    #expect(all <= capacity)
    let answer = (settings.answerLimit - settings.memoryLimit) / 3
    #expect(settings.commandLimit < answer, "what was set can be got")
    #expect(2 * settings.commandLimit + 16_384 < settings.inputLimit, "and set")
  }
}
