// SPDX-License-Identifier: Apache-2.0

public import NetWire

/// A segment to send: the header, and bytes of a connection's buffer, which are copied from there to where they are
/// sent from. It is good until the next call of the host or of one of its connections.
public struct TCPOutput {
  public let source: IPAddress
  public let destination: IPAddress
  private(set) var header: TCPHeaderBytes
  private let buffer: ByteRing?
  private let offset: Int
  /// Bytes of payload.
  public let payloadCount: Int
  /// What IP's header is to say of how the packet is treated.
  public let trafficClass: UInt8
  /// Payload of each of the segments into which whoever sends it cuts it; 0 if it is one.
  public let segmentSize: Int
  /// Whether the checksum is right; else there is the sum of the pseudo-header, for somebody else to complete.
  public let isChecksumComplete: Bool

  /// A segment without payload.
  init(_ segment: TCPSegment, _ flow: TCPFlow, offloadsChecksum: Bool) {
    self.init(
      segment, flow, nil, from: 0, segmentSize: 0, trafficClass: 0,
      offloadsChecksum: offloadsChecksum)
  }

  /// A segment with the header's count of bytes from a buffer.
  init(
    _ segment: TCPSegment, _ flow: TCPFlow, _ buffer: ByteRing?, from offset: Int,
    segmentSize: Int, trafficClass: UInt8, offloadsChecksum: Bool
  ) {
    source = flow.local.address
    destination = flow.remote.address
    self.buffer = buffer
    self.offset = offset
    payloadCount = segment.payloadCount
    self.segmentSize = segmentSize
    self.trafficClass = trafficClass
    isChecksumComplete = !offloadsChecksum
    var header = TCPHeaderBytes()
    segment.append(to: &header)
    var checksum = InternetChecksum(
      from: source, to: destination, protocolNumber: ProtocolNumber.tcp.rawValue,
      count: header.count + payloadCount)
    if offloadsChecksum {
      header.setChecksum(checksum.sum)
    } else {
      for place in 0..<(header.count / 2) {
        checksum.add(
          word: UInt16(header.bytes[place * 2]) << 8 | UInt16(header.bytes[place * 2 + 1]))
      }
      buffer?.add(from: offset, count: payloadCount, to: &checksum)
      header.setChecksum(checksum.value)
    }
    self.header = header
  }

  /// Bytes of the header.
  public var headerCount: Int { header.count }

  /// Bytes of header and payload.
  public var count: Int { header.count + payloadCount }

  /// Copies bytes of the segment, from an offset on, as many as there are and have room.
  ///
  /// - Parameters:
  ///   - start: the offset.
  ///   - target: where to.
  /// - Returns: how many.
  @discardableResult
  public func copy(from start: Int, into target: inout MutableRawSpan) -> Int {
    let taken = max(0, min(target.byteCount, count - start))
    // SAFETY: nothing beyond the target is written.
    unsafe target.withUnsafeMutableBytes { bytes in
      var done = 0
      while done < taken, start + done < header.count {
        unsafe bytes[done] = header.bytes[start + done]
        done += 1
      }
      guard done < taken, let buffer else { return }
      unsafe buffer.copy(
        from: offset + start + done - header.count,
        into: UnsafeMutableRawBufferPointer(rebasing: bytes[done..<taken]))
    }
    return taken
  }

  /// The bytes of the segment.
  public var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var items = bytes.mutableSpan
    // SAFETY: bytes have no padding.
    var span = unsafe items.mutableBytes
    copy(from: 0, into: &span)
    return bytes
  }
}
