// SPDX-License-Identifier: Apache-2.0

/// What the steps of one unpacking share: bytes in, bytes out, and how much of them there may be.
///
/// Neither the packed nor the unpacked bytes are ever in memory as a whole.
public struct Unpacker {
  /// More bytes than this are not unpacked.
  public let limit: UInt64
  /// Hands over the next packed bytes; an empty array at their end.
  private let input: () throws -> [UInt8]
  /// Takes unpacked bytes.
  private let output: (UnsafeRawBufferPointer) throws -> Void
  /// Bytes unpacked so far.
  private(set) var produced: UInt64 = 0

  /// Bytes that are unpacked at a time.
  static var blockSize: Int { 1 << 17 }

  private init(
    limit: UInt64, input: @escaping () throws -> [UInt8],
    output: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) {
    self.limit = limit
    self.input = input
    self.output = output
  }

  /// Unpacks a stream.
  ///
  /// - Parameters:
  ///   - format: How the bytes are packed.
  ///   - limit: More bytes than this are not unpacked.
  ///   - input: Hands over the next packed bytes; an empty array at their end.
  ///   - output: Takes unpacked bytes, which it must copy.
  /// - Throws: An `UnpackingError`, or what `input` and `output` throw.
  public static func unpack(
    _ format: Compression, limit: UInt64, from input: @escaping () throws -> [UInt8],
    to output: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var unpacker = Unpacker(limit: limit, input: input, output: output)
    switch format {
    case .gzip: try unpacker.inflate()
    case .xz: try unpacker.decodeXZ()
    case .zstd: try unpacker.decodeZstandard()
    case .lz4: try unpacker.decodeLZ4()
    case .bzip2, .lzma, .lzo: throw UnpackingError.unsupported(format)
    }
  }

  /// The next packed bytes.
  func next() throws -> [UInt8] { try input() }

  /// Hands over what was unpacked, unless it is more than the caller takes.
  mutating func emit(_ bytes: UnsafeRawBufferPointer, _ format: Compression) throws {
    produced += UInt64(bytes.count)
    guard produced <= limit else { throw UnpackingError.tooLarge(format, limit: limit) }
    if !bytes.isEmpty { try output(bytes) }
  }
}
