// SPDX-License-Identifier: Apache-2.0

import CHostLZMA

extension Unpacker {
  /// A dictionary of more than this is refused; kernels use 32 MiB.
  private static var memoryLimit: UInt64 { 256 << 20 }

  /// Unpacks one xz stream; what follows it is left alone.
  mutating func decodeXZ() throws {
    var stream = lzma_stream()
    // The kernel's own decoder knows CRC32 only; a file made for others may have other checks.
    guard lzma_stream_decoder(&stream, Self.memoryLimit, 0) == LZMA_OK else {
      throw UnpackingError.outOfMemory(.xz)
    }
    defer { lzma_end(&stream) }
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    while true {
      let packed = try next()
      guard !packed.isEmpty else { throw UnpackingError.truncated(.xz) }
      let isEnd = try packed.withUnsafeBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = input.count
        return try drain(&stream, into: &block)
      }
      if isEnd { return }
    }
  }

  /// Unpacks what the stream was given; true at its end.
  private mutating func drain(
    _ stream: inout lzma_stream, into block: inout [UInt8]
  ) throws -> Bool {
    repeat {
      let status = try block.withUnsafeMutableBufferPointer { buffer in
        stream.next_out = buffer.baseAddress
        stream.avail_out = buffer.count
        let status = lzma_code(&stream, LZMA_RUN)
        let count = buffer.count - stream.avail_out
        try emit(UnsafeRawBufferPointer(buffer).prefix(count).rebased, .xz)
        return status
      }
      switch status {
      case LZMA_OK: continue
      // It wants more input and has none.
      case LZMA_BUF_ERROR where stream.avail_in == 0: return false
      case LZMA_STREAM_END: return true
      case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR: throw UnpackingError.outOfMemory(.xz)
      default: throw UnpackingError.damaged(.xz, "liblzma error \(status.rawValue)")
      }
    } while stream.avail_in > 0 || stream.avail_out == 0
    return false
  }
}
