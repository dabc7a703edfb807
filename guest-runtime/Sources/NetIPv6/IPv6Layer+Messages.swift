// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import XenFrontends

/// How a packet came.
struct IPv6Arrival {
  /// Who sent the frame.
  let station: EthernetAddress
  /// Whether the link vouches for the checksum of UDP or TCP.
  let isVerified: Bool
  /// Whether it came in parts, or in a single one that says so.
  let wasInParts: Bool
  let now: SystemTime
}

/// What the layer does with each kind of packet.
extension IPv6Layer {
  func deliver(
    _ header: IPv6Header, _ payload: RawSpan, _ arrival: IPv6Arrival, _ stack: NetStack
  ) {
    if header.protocolNumber == .icmpV6 { return receive(header, payload, arrival, stack) }
    let isToMany = header.destination.isMulticast
    guard header.protocolNumber != .nothing, !header.source.isUnspecified else {
      return stack.counts.foreign += 1
    }
    let fate = stack.deliver(
      payload, header.protocolNumber, from: .v6(header.source), to: .v6(header.destination),
      isVerified: arrival.isVerified, isToMany: isToMany, now: arrival.now)
    guard fate == .noPort || fate == .noProtocol, !isToMany,
      complaints.allow(at: arrival.now.rawValue)
    else { return }
    let message = ICMPv6Message.refusal(
      isPort: fate == .noPort, header, payload, from: header.destination)
    try? sender.send(
      message, .icmpV6, from: header.destination, to: header.source, now: arrival.now)
  }

  private func receive(
    _ header: IPv6Header, _ payload: RawSpan, _ arrival: IPv6Arrival, _ stack: NetStack
  ) {
    guard let message = ICMPv6Message(payload, header) else { return stack.counts.malformed += 1 }
    switch message {
    case .echoRequest(let identifier, let sequence, let data):
      answer(header, identifier, sequence, data, arrival.now)
    case .undelivered(let packet): hear(packet, arrival.now, stack)
    case .groupQuery(let milliseconds):
      // A minute is longer than anybody honest waits.
      let time = moment(withinMilliseconds: min(milliseconds, 60_000), arrival.now)
      reportTime = min(reportTime ?? time, time)
    case .routerAdvertisement(let message):
      guard isAutomatic, !arrival.wasInParts else { return stack.counts.foreign += 1 }
      hear(message, from: header.source, stack, arrival.now)
    case .neighbourSolicitation(let message):
      // Source: RFC 6980, for this and the other messages between neighbours.
      guard !arrival.wasInParts else { return stack.counts.foreign += 1 }
      hear(message, header, arrival, stack)
    case .neighbourAdvertisement(let message):
      guard !arrival.wasInParts else { return stack.counts.foreign += 1 }
      hear(message, arrival)
    case .echoReply, .routerSolicitation: stack.counts.foreign += 1
    }
  }

  /// Answers a ping, also one to a group: RFC 4443, section 4.2.
  private func answer(
    _ header: IPv6Header, _ identifier: UInt16, _ sequence: UInt16, _ data: [UInt8],
    _ now: SystemTime
  ) {
    let isToMany = header.destination.isMulticast
    guard header.source.isUsable, own.state(of: header.source) == nil,
      let source = isToMany ? own.source(for: header.source, now: now) : header.destination
    else { return }
    let reply = ICMPv6Message.echo(
      isReply: true, identifier: identifier, sequence: sequence, data, from: source,
      to: header.source)
    try? sender.send(reply, .icmpV6, from: source, to: header.source, now: now)
  }

  private func hear(_ packet: UndeliveredPacket, _ now: SystemTime, _ stack: NetStack) {
    guard case .v6(let source) = packet.source, case .v6(let destination) = packet.destination,
      own.state(of: source) == .assigned
    else { return stack.counts.foreign += 1 }
    var packet = packet
    if case .unreachable(4) = packet.reason, let mtu = packet.mtu {
      packet.mtu = max(mtu, UInt16(IPv6Header.leastMTU))
      let known = sender.mtu(to: destination, now)
      sender.paths.hear(of: destination, mtu: Int(mtu), lessThan: known, now: now)
    }
    stack.hear(of: packet, now: now)
  }

  // MARK: Routers

  /// Takes what a router says of the link. Source: RFC 4861, section 6.3.4.
  private func hear(
    _ message: RouterAdvertisement, from router: IPv6Address, _ stack: NetStack, _ now: SystemTime
  ) {
    if message.seconds > 0 { askingTimes = [] }
    sender.routes.takeRouter(router, seconds: UInt32(message.seconds), now: now)
    if let station = message.station {
      sender.hear(station, has: router, mayAdd: true, now: now)
    }
    // With less, nothing would get far: that is rather an attack.
    if message.hopLimit >= 32 { sender.hopLimit = message.hopLimit }
    if let mtu = message.mtu, mtu >= IPv6Header.leastMTU, mtu <= sender.link.mtu {
      let old = sender.mtu
      sender.saidMTU = Int(mtu)
      if sender.mtu != old { stack.tellTransports() }
    }
    // Whose address on the link is another station's, that one would have those, too.
    let mayHaveMore = own.all.first?.state != .duplicate
    for prefix in message.prefixes {
      if prefix.isOnLink {
        sender.routes.takeOnLink(prefix.prefix, seconds: prefix.validSeconds, now: now)
      }
      if mayHaveMore { own.take(prefix, sender.link.address.interfaceIdentifier, now: now) }
    }
    for server in message.nameServers {
      sender.routes.takeServer(server.address, seconds: server.seconds, now: now)
    }
    noteChange()
  }

  /// Asks for routers: in nobody's name at once, so that a guest has its addresses in a second, and as RFC 4861 has it
  /// in section 6.3.7 from then on.
  func askForRouters(_ now: SystemTime) {
    askingTimes.removeLast()
    let address = own.source(for: .allRouters, now: now)
    let message = ICMPv6Message.routerSolicitation(
      from: address ?? .unspecified, address == nil ? nil : sender.link.address)
    sender.sendToNeighbour(
      message, from: address ?? .unspecified, to: .allRouters,
      IPv6Address.allRouters.groupStation)
  }

  // MARK: Neighbours

  /// From which address a neighbour is asked for its station; any, if none of its scope is left.
  func source(forNeighbour address: IPv6Address, _ now: SystemTime) -> IPv6Address? {
    own.source(for: address, now: now) ?? own.all.first { $0.state == .assigned }?.address
  }

  /// Answers who asks for one of our addresses. Source: RFC 4861, section 7.2.3, and RFC 4862, section 5.4.3.
  private func hear(
    _ question: NeighbourSolicitation, _ header: IPv6Header, _ arrival: IPv6Arrival,
    _ stack: NetStack
  ) {
    let isAsker = header.source.isUsable && own.state(of: header.source) == nil
    switch own.state(of: question.target) {
    case .tentative? where header.source.isUnspecified:
      // Another one is about to take the same address.
      hearOfRival(arrival.station, of: question.target)
    case .assigned? where isAsker || header.source.isUnspecified:
      if isAsker, let station = question.station {
        sender.hear(station, has: header.source, mayAdd: true, now: arrival.now)
      }
      tell(question.target, to: isAsker ? header.source : .allNodes, arrival.station)
    default: stack.counts.foreign += 1
    }
  }

  /// Hears which station has an address. Source: RFC 4861, section 7.2.5, and RFC 4862, section 5.4.4.
  private func hear(_ answer: NeighbourAdvertisement, _ arrival: IPv6Arrival) {
    switch own.state(of: answer.target) {
    case .tentative?: hearOfRival(arrival.station, of: answer.target)
    case .assigned?:
      rival = arrival.station
      if defended.map({ arrival.now < $0.advanced(byMilliseconds: 10_000) }) ?? false { return }
      defended = arrival.now
      announce(answer.target)
    case .duplicate?: break
    case nil:
      guard answer.target.isUsable else { return }
      sender.hear(
        answer.station ?? arrival.station, has: answer.target, mayAdd: false, now: arrival.now)
      if isAutomatic, !answer.isRouter {
        sender.routes.takeRouter(answer.target, seconds: 0, now: arrival.now)
      }
    }
  }

  private func hearOfRival(_ station: EthernetAddress, of address: IPv6Address) {
    guard own.hearOfDuplicate(address) else { return }
    rival = station
    noteChange()
  }

  /// Tells all stations of the link where one of our addresses is.
  func announce(_ address: IPv6Address) {
    tell(address, to: .allNodes, IPv6Address.allNodes.groupStation)
  }

  private func tell(
    _ address: IPv6Address, to destination: IPv6Address, _ station: EthernetAddress
  ) {
    let message = NeighbourAdvertisement(
      of: address, at: sender.link.address, isSolicited: !destination.isMulticast)
    let isToMany = destination.isMulticast
    sender.sendToNeighbour(
      message.bytes(from: address, to: destination), from: address, to: destination,
      isToMany ? destination.groupStation : station)
  }

  // MARK: Our addresses

  /// Does what time has come for at one of our addresses.
  func act(_ step: AddressTable.Step, _ stack: NetStack, _ now: SystemTime) {
    switch step {
    case .ask(let address):
      let group = address.solicitedNodeGroup
      sender.report([group], from: own.source(for: .allNodes, now: now) ?? .unspecified)
      let message = NeighbourSolicitation(for: address, from: nil)
      sender.sendToNeighbour(
        message.bytes(from: .unspecified, to: group), from: .unspecified, to: group,
        group.groupStation)
    case .assigned(let address):
      noteChange()
      announce(address)
      // Bridges do not heed what was said in nobody's name: RFC 3590, section 4.
      if address.isLinkLocal { reportGroups(now) }
    case .lost(let address):
      noteChange()
      stack.tellTransports(ofLost: .v6(address))
    }
  }

  /// Tells to which groups this host listens, in the name of its address on the link.
  func reportGroups(_ now: SystemTime) {
    reportTime = nil
    guard let source = own.source(for: .allNodes, now: now) else { return }
    var groups: [IPv6Address] = []
    for own in own.all where own.state != .duplicate {
      let group = own.address.solicitedNodeGroup
      if !groups.contains(group) { groups.append(group) }
    }
    sender.report(groups, from: source)
  }
}
