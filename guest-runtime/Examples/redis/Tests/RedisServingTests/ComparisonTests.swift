// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import RedisServing

/// The same commands to this server and to Redis itself, of version 7.0: the answers are the same, byte for byte.
@Suite(.enabled(if: RealRedis.path != nil, "there is no redis-server")) struct ComparisonTests {
  @Test func answersAreThoseOfRedis() throws {
    let redis = try RealRedis()
    let ours = TestClient(now: UInt64(Date().timeIntervalSince1970 * 1000))
    for line in CommandLines.all.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
      let bytes = TestClient.encoded(words)
      let (real, own) = (try redis.exchange(bytes), ours.send(bytes))
      #expect(
        Self.comparable(own, words) == Self.comparable(real, words), "the answers to \(line) differ"
      )
    }
  }

  @Test(arguments: 0..<8) func randomCommandsAreAnsweredAlike(seed: UInt64) throws {
    let redis = try RealRedis()
    let ours = TestClient(now: UInt64(Date().timeIntervalSince1970 * 1000))
    var random = Seeded(state: seed)
    let names = [
      "GET", "SET", "SETNX", "GETSET", "GETDEL", "APPEND", "STRLEN", "GETRANGE", "INCR", "DECR",
      "INCRBY",
      "DECRBY", "DEL", "EXISTS", "TYPE", "LPUSH", "RPUSH", "LPOP", "RPOP", "LLEN", "LRANGE",
      "LINDEX", "HSET",
      "HGET", "HDEL", "HGETALL", "HLEN", "HEXISTS", "HINCRBY", "SADD", "SREM", "SMEMBERS",
      "SISMEMBER", "SCARD",
      "MGET", "MSET", "PERSIST", "TTL", "EXPIRE", "DBSIZE", "KEYS", "NOTHING",
    ]
    let values = [
      "1", "-1", "0", "2", "x", "", "10", "9223372036854775807", "-9223372036854775808", "1000000",
      "nx", "*",
    ]
    for _ in 0..<1500 {
      var words = [names[random.next(below: names.count)]]
      if random.next(below: 20) > 0 { words.append("key\(random.next(below: 6))") }
      for _ in 0..<random.next(below: 4) { words.append(values[random.next(below: values.count)]) }
      let bytes = TestClient.encoded(words)
      let (real, own) = (try redis.exchange(bytes), ours.send(bytes))
      #expect(
        Self.comparable(own, words) == Self.comparable(real, words), "\(words) with seed \(seed)")
    }
  }

  @Test(arguments: [
    "*a\r\n", "*-1\r\nPING\r\n", "*0\r\nPING\r\n", "*1\r\n:1\r\n", "*1\r\n$-1\r\n", "*1\r\n$a\r\n",
    "*+1\r\n",
    "*01\r\n", "*1 \r\n", "*1\r\n$99999999999\r\n", "*99999999999\r\n", "*1\r\n$4\r\nPINGPING\r\n",
    "\r\n\r\nPING\r\n",
    "ECHO 'a", "ECHO \"a b\"\r\n", "ECHO 'a'b\r\n", "ECHO \"\\x41\\n\\t\\\"\\q\"\r\n",
    "ECHO 'it\\'s\\n'\r\n", "ECHO \"a\r\n",
    "ECHO a\"b c\"\r\n", "PING\n", "  PING  \r\n", "*\r\n", "*1\r\n$\r\n",
    "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "*1\r\nx\r\n",
    "NOTHING a\r\n", "ECHO \"a\\x4\"\r\n", "ECHO ''\r\n", "QUIT a b\r\nPING\r\n",
  ])
  func bytesAreTakenApartAlike(_ text: String) throws {
    let redis = try RealRedis()
    let bytes = Array(text.utf8)
    let end = TestClient.encoded(["QUIT"])
    let real = try redis.connect().untilEnd(after: bytes + end)
    #expect(
      String(decoding: TestClient().send(bytes + end), as: UTF8.self)
        == String(decoding: real, as: UTF8.self))
    // However it is cut into pieces.
    let client = TestClient()
    let pieces = (bytes + end).flatMap { client.send([$0]) }
    #expect(pieces == real)
  }

  /// In Redis the order of some answers is that of its tables.
  private static func comparable(_ answer: [UInt8], _ words: [String]) -> String {
    let text = String(decoding: answer, as: UTF8.self)
    guard ["KEYS", "SMEMBERS", "SCAN"].contains(words[0].uppercased()) else { return text }
    return text.split(separator: "\r\n", omittingEmptySubsequences: false).sorted().joined(
      separator: "\n")
  }
}

/// A server of Redis on a socket in a folder of its own, for as long as this is kept.
final class RealRedis {
  /// Debian's redis-tools has the server by another name, which it goes by.
  static let path = [
    "/usr/bin/redis-server", "/usr/local/bin/redis-server", "/usr/bin/redis-check-rdb",
  ].first { FileManager.default.isExecutableFile(atPath: $0) }

  private let process = Process()
  private let folder: URL
  private var connection: UnixConnection?
  private var count = 0

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "redis-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let program = folder.appending(path: "redis-server")
    try FileManager.default.createSymbolicLink(
      atPath: program.path, withDestinationPath: Self.path ?? "")
    process.executableURL = program
    process.arguments = [
      "--port", "0", "--unixsocket", folder.appending(path: "socket").path, "--save", "",
      "--databases", "1", "--dir",
      folder.path,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    connection = try connect()
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    try? FileManager.default.removeItem(at: folder)
  }

  func connect() throws -> UnixConnection {
    for _ in 0..<600 {
      if let connection = UnixConnection(folder.appending(path: "socket").path) {
        return connection
      }
      usleep(50_000)
    }
    throw CocoaError(.fileNoSuchFile)
  }

  /// The answer to a command, of any number of bytes: what comes before the answer to a PING behind it.
  func exchange(_ command: [UInt8]) throws -> [UInt8] {
    count += 1
    let mark = "mark \(count)"
    let connection = try #require(connection)
    connection.write(command + TestClient.encoded(["PING", mark]))
    let plain = Array("$\(mark.utf8.count)\r\n\(mark)\r\n".utf8)
    var answer: [UInt8] = []
    while !answer.suffix(plain.count).elementsEqual(plain) {
      let bytes = connection.read()
      try #require(!bytes.isEmpty, "redis-server has closed the connection")
      answer += bytes
    }
    answer.removeLast(plain.count)
    let subscribed = Array("*2\r\n$4\r\npong\r\n".utf8)
    return answer.suffix(subscribed.count).elementsEqual(subscribed)
      ? answer.dropLast(subscribed.count) : answer
  }
}

/// A connection to a socket of this machine.
final class UnixConnection {
  private let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)

  /// Nil if nobody listens there.
  init?(_ path: String) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) {
      $0.copyBytes(from: path.utf8.prefix($0.count - 1))
    }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { return nil }
    // What does not answer is a failure, not a test without an end.
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func write(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      done += count
    }
  }

  func read() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return Array(bytes.prefix(max(0, count)))
  }

  func untilEnd(after bytes: [UInt8]) -> [UInt8] {
    write(bytes)
    var answer: [UInt8] = []
    while true {
      let more = read()
      if more.isEmpty { return answer }
      answer += more
    }
  }
}
