// SPDX-License-Identifier: Apache-2.0

import ByteText
import XenABI
import XenDevices
import XenRings
import XenstoreWire

/// How connections begin and end.
extension NetFrontend {
  func connect(_ domain: DomainID, _ values: [[UInt8]?]) {
    // A backend gets nothing more before it has let go of what it had: it could take all memory.
    if let retry { return bus.postpone(until: retry) }
    failure = nil
    var rings: [GivenPage] = []
    do throws(NetError) {
      details = try NetDetails(own: bus.ownValues, backend: values)
    } catch {
      return end(error)
    }
    do throws(DevicePageError) {
      for _ in 0..<2 { rings.append(try machine.givePage(to: domain)) }
    } catch {
      departing.add(rings, now: machine.now())
      return end(.noPage(error))
    }
    connect(domain, rings)
  }

  private func connect(_ domain: DomainID, _ rings: [GivenPage]) {
    let sender = NetSender(
      unsafe RequestRing(page: rings[0].address, slotSize: NetifWire.sendSlotSize),
      NetPages(machine, for: domain, isReadOnly: true, limit: pageLimit))
    let receiver = NetReceiver(
      unsafe RequestRing(page: rings[1].address, slotSize: NetifWire.receiveSlotSize),
      NetPages(machine, for: domain, isReadOnly: false, limit: pageLimit))
    do throws(HypercallError) {
      if let shortage = receiver.shortage {
        departing.add(rings, now: machine.now())
        return end(.noPage(shortage))
      }
      connection = try openChannels(to: domain, rings)
    } catch {
      departing.add(rings + receiver.allPages, now: machine.now())
      return end(.noPage(.noGrant(error)))
    }
    announce(takesLongFrames: receiver.takesLongFrames)
    (self.sender, self.receiver) = (sender, receiver)
    if !receiver.takesLongFrames { details?.keepToOneSlot() }
  }

  /// Opens a channel for each ring, or one for both if the backend knows of no more, or there is none left.
  ///
  /// Linux's backend begins to take events before it knows where to say that it has taken them, and its thread for
  /// frames to us may be that early. With one channel, nothing that we send is noticed then any more. Source:
  /// `xenvif_connect_data` of `drivers/net/xen-netback/interface.c` in Linux 6.12.
  private func openChannels(
    to domain: DomainID, _ rings: [GivenPage]
  ) throws(HypercallError) -> NetConnection {
    let send = try machine.openChannel(to: domain)
    let other = details?.hasChannelForEach == true ? try? machine.openChannel(to: domain) : nil
    return NetConnection(rings: rings, sendPort: send, receivePort: other ?? send)
  }

  private func announce(takesLongFrames: Bool) {
    guard let connection else { return }
    func node(_ name: StaticString, _ port: EventChannelPort) -> (name: [UInt8], value: [UInt8]) {
      ([UInt8](text: name), [UInt8](decimal: UInt64(port.rawValue)))
    }
    // One that knows of two takes the same twice.
    let channels =
      details?.hasChannelForEach == true
      ? [
        node("event-channel-tx", connection.sendPort),
        node("event-channel-rx", connection.receivePort),
      ] : [node("event-channel", connection.sendPort)]
    let yes = [UInt8](text: "1")
    let long = takesLongFrames ? yes : [UInt8](text: "0")
    bus.announce(
      channels + [
        ([UInt8](text: "tx-ring-ref"), [UInt8](decimal: UInt64(connection.rings[0].reference))),
        ([UInt8](text: "rx-ring-ref"), [UInt8](decimal: UInt64(connection.rings[1].reference))),
        ([UInt8](text: "request-rx-copy"), yes),
        // The backend is told of new buffers, so it need not look for them, and notices if there come none.
        ([UInt8](text: "feature-rx-notify"), yes),
        ([UInt8](text: "feature-sg"), long),
        ([UInt8](text: "feature-gso-tcpv4"), long),
        ([UInt8](text: "feature-gso-tcpv6"), long),
        // Blank ones are all right: `NetReceived` says which.
        ([UInt8](text: "feature-ipv6-csum-offload"), yes),
      ])
  }

  func refresh(_ values: [[UInt8]?]) {
    do throws(NetError) {
      details = try NetDetails(own: bus.ownValues, backend: values)
      if receiver?.takesLongFrames == false { details?.keepToOneSlot() }
      sender?.doubt()
    } catch {
      end(error)
    }
  }

  func leave() {
    // What was answered is not lost.
    if failure == nil { _ = try? sender?.takeResponses(&statistics.sent) }
    wasConnected = true
    statistics.sent.drops &+= UInt64(sender?.frameCount ?? 0)
    departing.add(
      (connection?.rings ?? []) + (sender?.allPages ?? []) + (receiver?.allPages ?? []),
      now: machine.now())
    if let connection {
      machine.close(connection.sendPort)
      if connection.isSplit { machine.close(connection.receivePort) }
    }
    (connection, sender, receiver) = (nil, nil, nil)
    bus.left()
  }
}

/// What both ends share.
struct NetConnection {
  /// The page of the ring for what is sent, and that of the other.
  let rings: [GivenPage]
  let sendPort: EventChannelPort
  let receivePort: EventChannelPort

  /// Whether each ring has a channel of its own.
  var isSplit: Bool { sendPort != receivePort }
}
