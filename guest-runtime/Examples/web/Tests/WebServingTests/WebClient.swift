// SPDX-License-Identifier: Apache-2.0

@testable import WebServing

/// A site of a few files, and a connection to its server.
struct WebClient {
  static let time: UInt64 = 784_111_777
  static let files: [(String, String)] = [
    ("index.html", "<h1>home</h1>"), ("sub/index.html", "sub"), ("a b.txt", "0123456789"),
    ("sub/page.css", "p {}"), ("evil/deep/index.html", "deep"),
  ]

  let archive: [UInt8]
  let server: WebServer
  let connection: WebConnection
  var now: Moment { Moment(milliseconds: 5000, calendarSeconds: clock) }
  private let clock: UInt64?

  init(connectionLimit: Int = 4, clock: UInt64? = time + 60) {
    self.clock = clock
    archive = TarMaker.archive(Self.files.map { ($0.0, Array($0.1.utf8)) }, time: Self.time)
    guard let tar = try? TarArchive(archive) else { preconditionFailure("the archive is good") }
    let start = Moment(milliseconds: 0, calendarSeconds: nil)
    server = WebServer(Site(tar), connectionLimit: connectionLimit, now: start)
    connection = WebConnection(server, now: start)
  }

  /// All that is answered to some bytes.
  func send(_ text: String) -> String { send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) -> String {
    connection.receive(bytes, now: now)
    var output: [UInt8] = []
    while true {
      let piece = connection.nextPiece(memory: (1 << 20, 8 << 20), now: now) {
        $1 += archive[$0]
      }
      if piece.isEmpty { break }
      output += piece
    }
    return String(decoding: output, as: UTF8.self)
  }

  /// The answer to a request for a path, with more fields.
  static func get(_ path: String, _ fields: String..., method: String = "GET") -> String {
    let lines = ["\(method) \(path) HTTP/1.1", "Host: test"] + fields
    return WebClient().send(lines.joined(separator: "\r\n") + "\r\n\r\n")
  }
}

extension String {
  var status: Int { Int(split(separator: " ").dropFirst().first ?? "") ?? 0 }

  var body: String {
    range(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? ""
  }

  /// The value of a header field of the first answer.
  func field(_ name: String) -> String? {
    let head = range(of: "\r\n\r\n").map { self[..<$0.lowerBound] } ?? self[...]
    for line in head.split(separator: "\r\n") where line.hasPrefix(name + ": ") {
      return String(line.dropFirst(name.count + 2))
    }
    return nil
  }

  private func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}

/// Makes archives, good and bad ones.
enum TarMaker {
  static func archive(_ files: [(String, [UInt8])], time: UInt64) -> [UInt8] {
    files.flatMap { entry($0.0, $0.1, time: time) } + [UInt8](repeating: 0, count: 1024)
  }

  static func entry(
    _ name: String, _ content: [UInt8], kind: Character = "0", time: UInt64 = 0, prefix: String = ""
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (place, byte) in text.utf8.enumerated() { header[offset + place] = byte }
    }
    put(name, at: 0)
    put("0000644\0", at: 100)
    put(octal(UInt64(content.count)), at: 124)
    put(octal(time), at: 136)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(prefix, at: 345)
    return sealed(header) + content
      + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  /// With its checksum.
  static func sealed(_ block: [UInt8]) -> [UInt8] {
    var header = block
    for place in 148..<156 { header[place] = 32 }
    let sum = header.reduce(0) { $0 + Int($1) }
    for (place, byte) in (octal(UInt64(sum), digits: 6) + "\0 ").utf8.enumerated() {
      header[148 + place] = byte
    }
    return header
  }

  static func octal(_ value: UInt64, digits: Int = 11) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
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
