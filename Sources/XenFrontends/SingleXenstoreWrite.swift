// SPDX-License-Identifier: Apache-2.0

public import XenABI
import XenRings
import XenstoreWire

/// One write to xenstore, for a guest that uses nothing else of it: needs no heap and little code.
///
/// A `XenstoreClient` may have used the page before, and have replies outstanding: the request's
/// number is one that it never uses.
public struct SingleXenstoreWrite<Calls: Hypercalls> {
  private var stream: XenstoreStream<Calls>

  /// A write through a mapped xenstore page.
  ///
  /// - Precondition: `page` is the 4 KiB xenstore page and stays mapped.
  @unsafe public init(page: UnsafeMutableRawPointer, port: EventChannelPort, calls: Calls) {
    unsafe stream = XenstoreStream(page: page, port: port, calls: calls)
  }

  /// Sets the value of the node at `path`, relative to the domain's own directory.
  ///
  /// - Throws: `XenstoreError` if xenstored refuses, breaks the protocol or does not answer.
  public mutating func perform(
    _ value: UnsafeRawBufferPointer, to path: StaticString
  ) throws(XenstoreError) {
    // The path is sent with its NUL, the value without one.
    let pathSize = path.utf8CodeUnitCount + 1
    let request = XenstoreHeader(
      operation: .write, requestID: .max, payloadSize: UInt32(pathSize + value.count))
    var encoded = request.encoded
    try unsafe withUnsafeBytes(of: &encoded) { bytes throws(XenstoreError) in
      try unsafe stream.send(bytes)
    }
    // SAFETY: a static string is followed by a NUL.
    try unsafe stream.send(UnsafeRawBufferPointer(start: path.utf8Start, count: pathSize))
    try unsafe stream.send(value)
    stream.notify()
    try receiveReply(to: request)
  }

  /// Reads messages until the answer to `request` has come; others are skipped.
  private mutating func receiveReply(to request: XenstoreHeader) throws(XenstoreError) {
    while true {
      var bytes = [16 of UInt8](repeating: 0)
      try unsafe withUnsafeMutableBytes(of: &bytes) { buffer throws(XenstoreError) in
        try unsafe stream.receive(into: buffer)
      }
      let header: XenstoreHeader
      do { header = try XenstoreHeader(decoding: bytes) } catch { throw .wire(error) }
      try stream.skip(Int(header.payloadSize))
      guard header.requestID == request.requestID else { continue }
      guard header.operation == request.operation else { throw .refused(nil) }
      return
    }
  }
}
