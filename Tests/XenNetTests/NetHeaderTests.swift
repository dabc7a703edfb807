// SPDX-License-Identifier: Apache-2.0

import CXenHeaders
import Testing
import XenRings

@testable import XenNet

/// What lies in slots, as C sees it.
@Suite final class NetHeaderTests {
  private let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)

  deinit { page.deallocate() }

  private func slot<T>(_ number: Int, as type: T.Type) -> T {
    (page + 64 + number * MemoryLayout<T>.stride).load(as: type)
  }

  @Test func slotsHaveTheSizesOfC() {
    #expect(MemoryLayout<netif_tx_request>.size == NetifWire.sendSlotSize)
    #expect(MemoryLayout<netif_rx_request>.size == NetifWire.receiveSlotSize)
    #expect(MemoryLayout<netif_rx_response>.size == NetifWire.receiveSlotSize)
    #expect(MemoryLayout<netif_extra_info>.size == NetifWire.receiveSlotSize)
    #expect(MemoryLayout<netif_tx_response>.size == 4)
    #expect(NetifWire.sendLimit == Int(XEN_NETIF_MAX_TX_SIZE))
  }

  @Test func whatIsSentIsReadByC() {
    var ring = RequestRing(page: page, slotSize: NetifWire.sendSlotSize)
    NetifWire.writeSend(
      to: ring.nextRequest(), page: 0x0102_0304, flags: [.isVerified, .hasExtra], id: 0x0506,
      size: 0x0708)
    NetifWire.writeSegmentation(to: ring.nextRequest(), size: 0x0910, isIPv6: true)
    let request = slot(0, as: netif_tx_request.self)
    #expect(request.gref == 0x0102_0304 && request.offset == 0 && request.flags == 2 | 8)
    #expect(request.id == 0x0506 && request.size == 0x0708)
    let extra = (page + 64 + 12).load(as: netif_extra_info.self)
    #expect(extra.type == XEN_NETIF_EXTRA_TYPE_GSO && extra.flags == 0)
    #expect(extra.u.gso.size == 0x0910 && extra.u.gso.features == 0)
    #expect(extra.u.gso.type == XEN_NETIF_GSO_TYPE_TCPV6)
  }

  @Test func buffersAreReadByC() {
    var ring = RequestRing(page: page, slotSize: NetifWire.receiveSlotSize)
    NetifWire.writeReceive(to: ring.nextRequest(), page: 0x0102_0304, id: 0x0506)
    let request = slot(0, as: netif_rx_request.self)
    #expect(request.gref == 0x0102_0304 && request.id == 0x0506 && request.pad == 0)
  }

  @Test func whatCWritesIsRead() throws {
    var ring = RequestRing(page: page, slotSize: NetifWire.receiveSlotSize)
    for _ in 0..<2 { _ = ring.nextRequest() }
    _ = ring.publish()
    let response = netif_rx_response(
      id: 0x0506, offset: 0x0708, flags: 1 | 2 | 4 | 8 | 16, status: -2)
    (page + 64).storeBytes(of: response, as: netif_rx_response.self)
    var extra = netif_extra_info()
    (extra.type, extra.flags) = (UInt8(XEN_NETIF_EXTRA_TYPE_GSO), 1)
    (extra.u.gso.size, extra.u.gso.type) = (0x0910, UInt8(XEN_NETIF_GSO_TYPE_TCPV4))
    (page + 64 + 8).storeBytes(of: extra, as: netif_extra_info.self)
    page.storeBytes(of: 2, toByteOffset: 8, as: UInt32.self)
    let first = ReceivedSlot(try #require(try ring.takeResponse()))
    #expect(first.id == 0x0506 && first.offset == 0x0708 && first.status == -2)
    #expect(first.flags == [.isVerified, .isBlank, .hasMore, .hasExtra, .hasPrefix])
    let second = ReceivedSlot(try #require(try ring.takeResponse()))
    #expect(second.extraType == ExtraType.segmentation && second.hasMoreExtras)
    #expect(second.segmentSize == 0x0910 && second.segmentType == 1)
    #expect(ExtraType.hash == XEN_NETIF_EXTRA_TYPE_HASH)
  }

  @Test func answersAreRead() throws {
    var ring = RequestRing(page: page, slotSize: NetifWire.sendSlotSize)
    _ = ring.nextRequest()
    _ = ring.publish()
    (page + 64).storeBytes(
      of: netif_tx_response(id: 0x0506, status: -2), as: netif_tx_response.self)
    page.storeBytes(of: 1, toByteOffset: 8, as: UInt32.self)
    let response = SendResponse(try #require(try ring.takeResponse()))
    #expect(response.id == 0x0506 && Int32(response.status) == NETIF_RSP_DROPPED)
    #expect(SendResponse.dropped == NETIF_RSP_DROPPED && SendResponse.okay == NETIF_RSP_OKAY)
    #expect(SendResponse.none == NETIF_RSP_NULL)
  }
}
