// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import HostSystem
import Testing

/// The text of the messages about networks, byte for byte.
@Suite struct NetworkWireTests {
  @Test(arguments: [
    (Request.interfaces(domain: "s"), #"{"type":"interfaces","domain":"s"}"#),
    (.interfaces(domain: nil), #"{"type":"interfaces"}"#),
    (
      .forward(ForwardedPart(7, .open(port: 80))),
      #"{"type":"forward","connection":7,"says":"open","port":80}"#
    ),
    (
      .forward(ForwardedPart(7, .data([0x61]))),
      #"{"type":"forward","connection":7,"says":"data","body":1}"# + "\na"
    ),
    (.forward(ForwardedPart(7, .end)), #"{"type":"forward","connection":7,"says":"end"}"#),
    (
      .forward(ForwardedPart(7, .room(9))),
      #"{"type":"forward","connection":7,"says":"room","count":9}"#
    ),
    (
      .forward(ForwardedPart(1, .broken("no"))),
      #"{"type":"forward","connection":1,"says":"broken","reason":"no"}"#
    ),
    (
      .forward(ForwardedPart(1, .broken(nil))),
      #"{"type":"forward","connection":1,"says":"broken"}"#
    ),
  ])
  func requestsAreWritten(request: Request, text: String) throws {
    #expect(Self.text(request.message) == text)
    #expect(try Request(request.message) == request)
  }

  @Test func eventsAreWritten() throws {
    var summary = InterfaceSummary(
      domainID: 3, number: 0, name: "vif3.0", mac: "00:16:3e:00:00:07", bridge: "xenbr0",
      isConnected: true)
    let plain =
      #"{"domainID":3,"number":0,"name":"vif3.0","mac":"00:16:3e:00:00:07","bridge":"xenbr0","#
      + #""connected":true"#
    var other = summary
    other.address = InternetAddress("10.0.0.2")
    var traffic = InterfaceSummary.Traffic()
    (traffic.receivedBytes, traffic.receivedPackets) = (1, 2)
    (traffic.sentBytes, traffic.sentPackets, traffic.dropped) = (3, 4, 5)
    other.traffic = traffic
    let event = Event.interfaces([summary, other])
    #expect(
      String(decoding: event.message.body, as: UTF8.self) == "[" + plain + "}," + plain
        + #","address":"10.0.0.2","traffic":{"receivedBytes":1,"receivedPackets":2,"sentBytes":3,"#
        + #""sentPackets":4,"dropped":5}}]"#)
    #expect(try Event(event.message) == event)
    summary.isConnected = false
    #expect(Event.interfaces([summary]) != event)
    #expect(Self.text(Event.publishing.message) == #"{"type":"publishing"}"#)
    #expect(try Event(Event.publishing.message) == .publishing)
    let part = Event.forward(ForwardedPart(7, .data([0x61])))
    let text = #"{"type":"forward","connection":7,"says":"data","body":1}"# + "\na"
    #expect(Self.text(part.message) == text)
    #expect(try Event(part.message) == part)
  }

  @Test(arguments: [0, 65_536, -1])
  func portsThatAreNoneAreRefused(port: Int) {
    let message = Request.forward(ForwardedPart(7, .open(port: port))).message
    #expect(throws: ProtocolError.self) { try Request(message) }
  }

  private static func text(_ message: Message) -> String {
    let text = String(decoding: message.encoded(), as: UTF8.self)
    return message.body.isEmpty ? String(text.dropLast()) : text
  }
}
