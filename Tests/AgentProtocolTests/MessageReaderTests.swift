// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostJSON
import Testing

@Suite struct MessageReaderTests {
  private let messages = [
    Request.hello(.current).message,
    Request.attach(.kernel, Array("\n{\"type\"\n".utf8) + [0, 0xff]).message,
    Request.stop.message,
    Event.console([]).message,
    Event.console(Array(0...255)).message,
  ]

  private var stream: [UInt8] { messages.flatMap { $0.encoded() } }

  private func read(_ pieces: [[UInt8]], bodyLimit: Int = 1024) throws(ProtocolError) -> [Message] {
    var reader = MessageReader(bodyLimit: bodyLimit)
    var seen: [Message] = []
    for piece in pieces {
      reader.append(piece)
      while let message = try reader.next() { seen.append(message) }
    }
    return seen
  }

  @Test func readsEveryMessageOfOneStream() throws {
    #expect(try read([stream]) == messages)
  }

  @Test func readsAStreamThatIsCutAnywhere() throws {
    let stream = stream
    for cut in stream.indices {
      #expect(try read([Array(stream[..<cut]), Array(stream[cut...])]) == messages)
    }
    #expect(try read(stream.map { [$0] }) == messages)
  }

  @Test func tellsWhatIsUnfinished() throws {
    var reader = MessageReader()
    #expect(reader.unfinishedCount == 0)
    reader.append(Array("{\"type\"".utf8))
    #expect(try reader.next() == nil)
    #expect(reader.unfinishedCount == 7)
    reader.append(Array(":\"console\",\"body\":1}\n".utf8))
    #expect(try reader.next() == nil)
    #expect(reader.unfinishedCount > 0)
    reader.append([1])
    #expect(try reader.next() != nil)
    #expect(reader.unfinishedCount == 0)
  }

  @Test(arguments: [
    (
      "GET /\n",
      "the head of a message is not JSON: byte 0: 'G' where a value belongs; it begins 47 45 54 20 2f"
    ),
    ("[1]\n", "the head of a message is JSON, but not an object"),
    ("\n", "the head of a message is not JSON: byte 0: the text ends before the value does"),
    ("{\"body\":-1}\n", "the \"body\" of a head has to be a count of bytes"),
    ("{\"body\":\"1\"}\n", "the \"body\" of a head has to be a count of bytes"),
    (
      "{\"body\":1025}\n",
      "a message announces a body of 1025 bytes; at most 1024 are accepted here"
    ),
    (
      "{\"body\":9223372036854775807}\n",
      "a message announces a body of 9223372036854775807 bytes; at most 1024 are accepted here"
    ),
  ])
  func refuses(text: String, description: String) {
    let error = #expect(throws: ProtocolError.self) { try read([Array(text.utf8)]) }
    #expect(error?.description == description)
  }

  /// The list of domains is in the body.
  @Test func aBodyThatIsNoJSONIsShown() throws {
    let message = Message(
      head: .object([JSONMember("type", .string("domains"))]), body: [0, 0, 0x5b])
    let error = #expect(throws: ProtocolError.self) { try Event(message) }
    let text = try #require(error).description
    #expect(text.hasPrefix("the body of a message, of 3 bytes, is not JSON: byte 0: "), "\(text)")
    #expect(text.hasSuffix("it begins 00 00 5b"), "\(text)")
  }

  @Test func refusesAnEndlessHead() throws {
    let limit = MessageReader.headLimit
    let longest = Array("{\"type\":\"\(String(repeating: "x", count: limit - 11))\"}".utf8)
    #expect(longest.count == limit)
    #expect(try read([longest, [0x0a]]).count == 1)
    #expect(throws: ProtocolError.headTooLong(limit: limit)) {
      try read([[UInt8](repeating: 0x78, count: limit + 1)])
    }
  }

  @Test func staysBrokenOnceBroken() {
    var reader = MessageReader()
    reader.append(Array("?\n".utf8))
    #expect(throws: ProtocolError.self) { try reader.next() }
    reader.append(Request.stop.message.encoded())
    #expect(throws: ProtocolError.self) { try reader.next() }
  }

  @Test func readsManyMegabytesInConstantPieces() throws {
    var reader = MessageReader()
    let message = Event.console([UInt8](repeating: 7, count: 100_000)).message
    let bytes = message.encoded()
    for _ in 0..<100 {
      reader.append(bytes)
      #expect(try reader.next() == message)
    }
    #expect(reader.unfinishedCount == 0)
  }
}
