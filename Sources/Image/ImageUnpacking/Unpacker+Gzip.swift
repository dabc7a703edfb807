// SPDX-License-Identifier: Apache-2.0

import CHostZlib

extension Unpacker {
  /// Unpacks one gzip member, as libxenguest does; what follows it is left alone.
  mutating func inflate() throws {
    var stream = z_stream()
    // 32 lets zlib look for the gzip header itself.
    guard
      inflateInit2_(
        &stream, MAX_WBITS + 32, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw UnpackingError.outOfMemory(.gzip) }
    defer { inflateEnd(&stream) }
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    while true {
      var packed = try next()
      guard !packed.isEmpty else { throw UnpackingError.truncated(.gzip) }
      let isEnd = try packed.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        return try drain(&stream, into: &block)
      }
      if isEnd { return }
    }
  }

  /// Unpacks what the stream was given; true at the member's end.
  private mutating func drain(_ stream: inout z_stream, into block: inout [UInt8]) throws -> Bool {
    while true {
      let status = try block.withUnsafeMutableBufferPointer { buffer in
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(buffer.count)
        let status = CHostZlib.inflate(&stream, Z_NO_FLUSH)
        let count = buffer.count - Int(stream.avail_out)
        try emit(UnsafeRawBufferPointer(buffer).prefix(count).rebased, .gzip)
        return status
      }
      switch status {
      case Z_STREAM_END: return true
      case Z_OK where stream.avail_in > 0 || stream.avail_out == 0: continue
      case Z_OK, Z_BUF_ERROR: return false
      case Z_MEM_ERROR: throw UnpackingError.outOfMemory(.gzip)
      default:
        // SAFETY: zlib sets `msg` to a constant NUL-terminated text or to nil.
        let reason = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
        throw UnpackingError.damaged(.gzip, reason)
      }
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  /// The slice as a buffer of its own.
  var rebased: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: self) }
}
