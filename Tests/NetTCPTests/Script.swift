// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// A peer by hand, in the manner of packetdrill: what it sends, and what it wants to see, at a time that moves when
/// the script says so.
final class Script {
  let host: TCPHost
  let address: IPAddress
  let peer: IPAddress
  var now = SystemTime(rawValue: 5_000_000_000)
  var port: UInt16 = 80
  var peerPort: UInt16 = 40000
  /// The number of the peer's SYN. Near the end, so that numbers go round.
  var peerStart: UInt32 = 0xFFFF_FF00
  /// The number of the host's SYN, once it was seen.
  var start: UInt32?
  /// What the peer says of its window if a segment does not.
  var window = 60000

  init(limits: TCPLimits = TCPLimits(), mtu: Int = 1500, isIPv6: Bool = false) {
    func address(_ number: UInt8) -> IPAddress {
      isIPv6
        ? .v6(IPv6Address(high: 0x2001_0DB8_0000_0000, low: UInt64(number)))
        : .v4(IPv4Address(10, 0, 0, number))
    }
    (self.address, peer) = (address(1), address(2))
    host = TCPHost(secret: (0x1234_5678_9ABC_DEF0, 0x0FED_CBA9_8765_4321), limits: limits, mtu: mtu)
  }

  func advance(_ milliseconds: UInt64) { now = now.advanced(byMilliseconds: milliseconds) }

  // MARK: - What the peer sends

  func send(
    _ flags: String, _ sequence: Int = 0, _ acknowledgment: Int = 0, count: Int = 0,
    payload: [UInt8]? = nil, window: Int? = nil, urgent: Int = 0,
    options: ScriptOptions = ScriptOptions()
  ) {
    let segment = ScriptSegment(
      flags: flags, sequence: sequence, acknowledgment: acknowledgment,
      payload: payload ?? Self.pattern(sequence, count), window: window ?? self.window,
      urgent: urgent, options: options)
    inject(bytes(segment))
  }

  /// The byte at each place of the peer's stream is its number.
  static func pattern(_ start: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: start + $0) }
  }

  func inject(_ bytes: [UInt8], isVerified: Bool = false) {
    host.receive(bytes.span.bytes, from: peer, to: address, isVerified: isVerified, now: now)
  }

  func bytes(_ segment: ScriptSegment) -> [UInt8] {
    var options = PacketWriter()
    let said = segment.options
    if let size = said.maximumSegment {
      options.append([2, 4])
      options.appendBig16(UInt16(size))
    }
    if let shift = said.shift { options.append([1, 3, 3, UInt8(shift)]) }
    if said.sack { options.append([1, 1, 4, 2]) }
    if let timestamp = said.timestamp {
      options.append([1, 1, 8, 10])
      options.appendBig32(timestamp.value)
      options.appendBig32(timestamp.echo)
    }
    if !said.blocks.isEmpty {
      options.append([1, 1, 5, UInt8(2 + said.blocks.count * 8)])
      for block in said.blocks {
        options.appendBig32((start ?? 0) &+ UInt32(truncatingIfNeeded: block.lowerBound))
        options.appendBig32((start ?? 0) &+ UInt32(truncatingIfNeeded: block.upperBound))
      }
    }
    return bytes(segment, rawOptions: options.bytes)
  }

  func bytes(_ segment: ScriptSegment, rawOptions options: [UInt8], headerWords: Int? = nil)
    -> [UInt8]
  {
    var packet = PacketWriter()
    packet.appendBig16(peerPort)
    packet.appendBig16(port)
    packet.appendBig32(peerStart &+ UInt32(truncatingIfNeeded: segment.sequence))
    packet.appendBig32(
      segment.flags.contains(".")
        ? (start ?? 0) &+ UInt32(truncatingIfNeeded: segment.acknowledgment) : 0)
    packet.append(UInt8(headerWords ?? (20 + options.count) / 4) << 4)
    var flags: UInt8 = 0
    for (place, name) in "FSRP.U".enumerated() where segment.flags.contains(name) {
      flags |= 1 << UInt8(place)
    }
    packet.append(flags)
    packet.appendBig16(UInt16(segment.window))
    packet.appendBig16(0)
    packet.appendBig16(UInt16(segment.urgent))
    packet.append(options)
    packet.append(segment.payload)
    var checksum = InternetChecksum(
      from: peer, to: address, protocolNumber: 6, count: packet.bytes.count)
    checksum.add(packet.bytes)
    packet.setBig16(checksum.value, at: 16)
    return packet.bytes
  }

  // MARK: - What the host sends

  /// The next segment that the host sends now.
  func next() -> ScriptSegment? {
    guard let output = host.nextSegment(now: now) else { return nil }
    #expect(output.source == address && output.destination == peer)
    return read(output.bytes)
  }

  private func read(_ bytes: [UInt8]) -> ScriptSegment {
    let span = bytes.span.bytes
    var checksum = InternetChecksum(
      from: address, to: peer, protocolNumber: 6, count: bytes.count)
    checksum.add(span)
    #expect(checksum.value == 0, "checksum")
    #expect(span.big16(0) == port && span.big16(2) == peerPort, "ports")
    let flags = bytes[13]
    if flags & 2 != 0, start == nil { start = span.big32(4) }
    let size = Int(bytes[12] >> 4) * 4
    var segment = ScriptSegment(flags: "")
    for (place, name) in [(1, "S"), (0, "F"), (2, "R"), (3, "P"), (5, "U"), (4, ".")]
    where flags >> UInt8(place) & 1 == 1 {
      segment.flags += name
    }
    segment.sequence = Int(Int32(bitPattern: span.big32(4) &- (start ?? 0)))
    if flags & 16 != 0 {
      segment.acknowledgment = Int(Int32(bitPattern: span.big32(8) &- peerStart))
    }
    segment.window = Int(span.big16(14))
    segment.urgent = Int(span.big16(18))
    segment.payload = Array(bytes[size...])
    var offset = 20
    while offset < size, bytes[offset] != 0 {
      if bytes[offset] == 1 {
        offset += 1
        continue
      }
      switch bytes[offset] {
      case 2: segment.options.maximumSegment = Int(span.big16(offset + 2))
      case 3: segment.options.shift = Int(bytes[offset + 2])
      case 4: segment.options.sack = true
      case 5:
        for place in 0..<((Int(bytes[offset + 1]) - 2) / 8) {
          let from = Int(Int32(bitPattern: span.big32(offset + 2 + place * 8) &- peerStart))
          let to = Int(Int32(bitPattern: span.big32(offset + 6 + place * 8) &- peerStart))
          segment.options.blocks.append(from..<to)
        }
      case 8:
        segment.options.timestamp = ScriptTimestamp(span.big32(offset + 2), span.big32(offset + 6))
      default: Issue.record("unknown option \(bytes[offset])")
      }
      offset += Int(bytes[offset + 1])
    }
    return segment
  }

  /// Wants to see one segment now; what is nil may be anything.
  @discardableResult
  func expect(
    _ flags: String, _ sequence: Int, _ acknowledgment: Int? = nil, count: Int = 0,
    window: Int? = nil, at location: SourceLocation = #_sourceLocation
  ) throws -> ScriptSegment {
    let segment = try #require(
      next(), "nothing is sent; wanted \(flags) \(sequence)", sourceLocation: location)
    #expect(segment.flags == flags, sourceLocation: location)
    #expect(segment.sequence == sequence, "sequence", sourceLocation: location)
    #expect(segment.payload.count == count, "payload", sourceLocation: location)
    if let acknowledgment {
      #expect(segment.acknowledgment == acknowledgment, "ack", sourceLocation: location)
    }
    if let window { #expect(segment.window == window, "window", sourceLocation: location) }
    return segment
  }

  /// Wants to see nothing now.
  func expectNothing(at location: SourceLocation = #_sourceLocation) {
    if let segment = next() {
      Issue.record(
        "sent \(segment.flags) \(segment.sequence) ack \(segment.acknowledgment) with \(segment.payload.count) bytes",
        sourceLocation: location)
    }
  }

  // MARK: - Beginnings

  /// A connection that the peer began.
  func accepted(_ options: ScriptOptions = .plain, backlog: Int = 8) throws -> TCPConnection {
    let listener = try host.listen(on: port, backlog: backlog)
    send("S", options: options)
    let answer = try expect("S.", 0, 1)
    send(".", 1, 1, options: later(options, answer))
    expectNothing()
    return try #require(listener.accept())
  }

  /// A connection that the host began.
  func connected(_ options: ScriptOptions = .plain) throws -> TCPConnection {
    port = 0
    let connection = try host.connect(
      to: NetEndpoint(peer, port: peerPort), from: address, now: now)
    port = connection.local.port
    let syn = try expect("S", 0)
    var answer = options
    answer.timestamp?.echo = syn.options.timestamp?.value ?? 0
    send("S.", 0, 1, options: answer)
    try expect(".", 1, 1)
    return connection
  }

  /// A connection that has sent so many segments of 1000 bytes, all within the first window.
  static func sent(
    _ count: Int, _ options: ScriptOptions = .plain, limits: TCPLimits = TCPLimits()
  )
    throws -> (Script, TCPConnection)
  {
    let script = Script(limits: limits)
    let connection = try script.accepted(options)
    #expect(connection.write(Script.pattern(0, count * 1000)) == count * 1000)
    for place in 0..<count {
      try script.expect(place == count - 1 ? "P." : ".", 1 + place * 1000, 1, count: 1000)
    }
    script.expectNothing()
    return (script, connection)
  }

  /// The options of a segment after the SYN.
  func later(_ options: ScriptOptions, _ answer: ScriptSegment) -> ScriptOptions {
    var later = ScriptOptions()
    later.timestamp = options.timestamp.map {
      ScriptTimestamp($0.value, answer.options.timestamp?.value ?? 0)
    }
    return later
  }
}
