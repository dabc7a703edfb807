// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import XenFrontends

/// What a link does to packets. Chances are in percent.
struct LinkFaults {
  var loss = 0
  var duplication = 0
  var corruption = 0
  /// How likely a packet is held back, so that others overtake it.
  var reordering = 0
  var delayMilliseconds = 10
  /// How much longer a packet may take, by chance.
  var jitterMilliseconds = 0
}

/// Numbers by chance, the same for the same seed (SplitMix64).
struct Chance {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    return word ^ word >> 31
  }

  mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(max(1, limit))) }

  mutating func percent(_ chance: Int) -> Bool { chance > 0 && below(100) < chance }
}

/// Two hosts, a link between them, and a time that stands still until it is moved.
final class SimulatedLink {
  static var addresses: [IPAddress] {
    [.v4(IPv4Address(10, 0, 0, 1)), .v4(IPv4Address(10, 0, 0, 2))]
  }

  private struct Packet {
    var time: UInt64
    var target: Int
    var bytes: [UInt8]
  }

  let hosts: [TCPHost]
  private(set) var now = SystemTime(rawValue: 1_000_000_000)
  var faults: LinkFaults
  /// Kinds of options that something on the way takes out of SYNs.
  var removedOptions: Set<UInt8> = []
  /// Whether hosts do not check checksums, so that what is spoiled goes through.
  var isTrusted = false
  /// Whether nothing passes.
  var isDown = false
  var chance: Chance
  /// What is on its way, the next last.
  private var packets: [Packet] = []
  private(set) var delivered = 0
  private(set) var lost = 0
  /// The largest payload of a packet that was sent.
  private(set) var largest = 0

  init(
    seed: UInt64, faults: LinkFaults = LinkFaults(), limits: [TCPLimits] = [],
    mtu: [Int] = [1500, 1500]
  ) {
    chance = Chance(seed: seed)
    self.faults = faults
    hosts = (0..<2).map {
      TCPHost(
        secret: (seed &* 3 + UInt64($0), ~seed), limits: limits.isEmpty ? TCPLimits() : limits[$0],
        mtu: mtu[$0])
    }
  }

  func endpoint(_ host: Int, _ port: UInt16) -> NetEndpoint {
    NetEndpoint(Self.addresses[host], port: port)
  }

  func connect(from host: Int, to port: UInt16) throws -> TCPConnection {
    try hosts[host].connect(
      to: endpoint(1 - host, port), from: Self.addresses[host], now: now)
  }

  /// Sends what both hosts have to send.
  func flush() {
    for host in 0..<2 {
      while let output = hosts[host].nextSegment(now: now) {
        for bytes in SegmentCutter.cut(output) { send(bytes, to: 1 - host) }
      }
    }
  }

  private func send(_ bytes: [UInt8], to target: Int) {
    largest = max(largest, bytes.count)
    var bytes = bytes
    if !removedOptions.isEmpty, bytes[13] & 2 != 0 { removeOptions(&bytes, to: target) }
    if isDown || chance.percent(faults.loss) {
      lost += 1
      return
    }
    for _ in 0..<(chance.percent(faults.duplication) ? 2 : 1) {
      var copy = bytes
      if chance.percent(faults.corruption) {
        copy[chance.below(copy.count)] ^= UInt8(1 + chance.below(255))
      }
      var delay = UInt64(faults.delayMilliseconds) * 1_000_000
      delay += UInt64(chance.below(faults.jitterMilliseconds * 1_000_000 + 1))
      if chance.percent(faults.reordering) { delay += UInt64(1 + chance.below(30)) * 1_000_000 }
      enqueue(Packet(time: now.rawValue + delay, target: target, bytes: copy))
    }
  }

  private func removeOptions(_ bytes: inout [UInt8], to target: Int) {
    var offset = 20
    while offset < Int(bytes[12] >> 4) * 4, bytes[offset] != 0 {
      let count = bytes[offset] == 1 ? 1 : Int(bytes[offset + 1])
      if removedOptions.contains(bytes[offset]) {
        for place in offset..<(offset + count) { bytes[place] = 1 }
      }
      offset += count
    }
    SegmentCutter.complete(
      &bytes, from: Self.addresses[1 - target], to: Self.addresses[target])
  }

  private func enqueue(_ packet: Packet) {
    var place = 0
    while place < packets.count, packets[place].time > packet.time { place += 1 }
    packets.insert(packet, at: place)
  }

  /// Moves the time to what comes next, a packet or a host's deadline, and lets it happen.
  ///
  /// - Returns: false if nothing comes before `end`; then it is `end`.
  func step(until end: SystemTime = SystemTime(rawValue: .max)) -> Bool {
    flush()
    let first = packets.last?.time ?? .max
    let deadline = min(
      hosts[0].deadline?.rawValue ?? .max, hosts[1].deadline?.rawValue ?? .max)
    let moment = min(first, max(now.rawValue, deadline))
    guard moment != .max, moment <= end.rawValue else {
      if end.rawValue != .max { now = max(now, end) }
      flush()
      return false
    }
    now = SystemTime(rawValue: moment)
    if first == moment {
      let packet = packets.removeLast()
      delivered += 1
      hosts[packet.target].receive(
        packet.bytes.span.bytes, from: Self.addresses[1 - packet.target],
        to: Self.addresses[packet.target], isVerified: isTrusted, now: now)
    }
    flush()
    return true
  }

  /// Lets everything happen for a while.
  func run(milliseconds: UInt64) {
    let end = now.advanced(byMilliseconds: milliseconds)
    while step(until: end) {}
  }
}

/// Does what a network card does with a large segment: cuts it.
enum SegmentCutter {
  static func cut(_ output: TCPOutput) -> [[UInt8]] {
    guard output.segmentSize > 0 else {
      return [output.isChecksumComplete ? output.bytes : completed(output.bytes, output)]
    }
    let whole = output.bytes
    let header = Array(whole[..<output.headerCount])
    var parts: [[UInt8]] = []
    var offset = 0
    while offset < output.payloadCount {
      let count = min(output.segmentSize, output.payloadCount - offset)
      var part = header
      let start = header.span.bytes.big32(4) &+ UInt32(offset)
      for place in 0..<4 {
        part[4 + place] = UInt8(truncatingIfNeeded: start >> UInt32(24 - 8 * place))
      }
      if offset + count < output.payloadCount { part[13] &= ~9 }
      part += whole[(header.count + offset)..<(header.count + offset + count)]
      parts.append(completed(part, output))
      offset += count
    }
    return parts
  }

  private static func completed(_ bytes: [UInt8], _ output: TCPOutput) -> [UInt8] {
    var bytes = bytes
    complete(&bytes, from: output.source, to: output.destination)
    return bytes
  }

  /// Sets the checksum.
  static func complete(_ bytes: inout [UInt8], from source: IPAddress, to target: IPAddress) {
    bytes[16] = 0
    bytes[17] = 0
    var checksum = InternetChecksum(
      from: source, to: target, protocolNumber: 6, count: bytes.count)
    checksum.add(bytes)
    bytes[16] = UInt8(checksum.value >> 8)
    bytes[17] = UInt8(truncatingIfNeeded: checksum.value)
  }
}
