// SPDX-License-Identifier: Apache-2.0

import CHostZstd

extension Unpacker {
  /// A window of more than this (a power of two) is refused; kernels use 2 to the 27th at most.
  private static var windowLimit: CInt { 27 }

  /// Unpacks one Zstandard frame; what follows it is left alone.
  mutating func decodeZstandard() throws {
    guard let context = ZSTD_createDCtx() else { throw UnpackingError.outOfMemory(.zstd) }
    defer { ZSTD_freeDCtx(context) }
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.windowLimit)
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    while true {
      let packed = try next()
      guard !packed.isEmpty else { throw UnpackingError.truncated(.zstd) }
      let isEnd = try packed.withUnsafeBytes { input in
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        return try drain(context, &source, into: &block)
      }
      if isEnd { return }
    }
  }

  /// Unpacks what the context was given; true at the frame's end.
  private mutating func drain(
    _ context: OpaquePointer, _ source: inout ZSTD_inBuffer, into block: inout [UInt8]
  ) throws -> Bool {
    while true {
      let (wanted, isFull) = try block.withUnsafeMutableBytes { buffer in
        var target = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
        let wanted = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(wanted) == 0 else {
          // SAFETY: libzstd returns a constant NUL-terminated text.
          throw UnpackingError.damaged(.zstd, String(cString: ZSTD_getErrorName(wanted)))
        }
        try emit(UnsafeRawBufferPointer(buffer).prefix(target.pos).rebased, .zstd)
        return (wanted, target.pos == target.size)
      }
      if wanted == 0 { return true }
      if source.pos == source.size, !isFull { return false }
    }
  }
}
