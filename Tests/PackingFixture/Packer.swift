// SPDX-License-Identifier: Apache-2.0

import CHostLZ4
import CHostLZMA
import CHostZlib
import CHostZstd
public import ImageUnpacking

/// Packs bytes with the libraries that unpack them.
public enum Packer {
  /// The packed bytes, in one stream.
  public static func pack(_ bytes: [UInt8], _ format: Compression) -> [UInt8] {
    switch format {
    case .gzip: gzip(bytes)
    case .xz: xz(bytes)
    case .zstd: zstd(bytes)
    case .lz4: [0x02, 0x21, 0x4c, 0x18] + lz4Blocks(bytes)
    case .bzip2, .lzma, .lzo: preconditionFailure("is recognised only")
    }
  }

  private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    let size = CInt(MemoryLayout<z_stream>.size)
    precondition(
      deflateInit2_(
        &stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
      }
    }
    return Array(output.prefix(Int(stream.total_out)))
  }

  private static func xz(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    var count = 0
    precondition(
      lzma_easy_buffer_encode(
        0, LZMA_CHECK_CRC32, nil, bytes, bytes.count, &output, &count, output.count) == LZMA_OK)
    return Array(output.prefix(count))
  }

  private static func zstd(_ bytes: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: ZSTD_compressBound(bytes.count))
    let count = ZSTD_compress(&output, output.count, bytes, bytes.count, 1)
    precondition(ZSTD_isError(count) == 0)
    return Array(output.prefix(count))
  }

  private static func lz4Blocks(_ bytes: [UInt8]) -> [UInt8] {
    stride(from: 0, to: bytes.count, by: 8 << 20).flatMap { start in
      let block = bytes[start..<min(start + (8 << 20), bytes.count)]
      var output = [UInt8](repeating: 0, count: Int(LZ4_compressBound(CInt(block.count))))
      let count = block.withUnsafeBytes { input in
        output.withUnsafeMutableBytes { output in
          LZ4_compress_default(
            input.baseAddress?.assumingMemoryBound(to: CChar.self),
            output.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(input.count),
            CInt(output.count))
        }
      }
      precondition(count > 0)
      let length = (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
      return length + output.prefix(Int(count))
    }
  }
}
