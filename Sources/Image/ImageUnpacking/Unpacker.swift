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

  func next() throws -> [UInt8] { try input() }

  /// Hands over what was unpacked, unless it is more than the caller takes.
  mutating func emit(_ bytes: UnsafeRawBufferPointer, _ format: Compression) throws {
    produced += UInt64(bytes.count)
    guard produced <= limit else { throw UnpackingError.tooLarge(format, limit: limit) }
    if !bytes.isEmpty { try output(bytes) }
  }
}

/// Why compressed bytes could not be unpacked.
public enum UnpackingError: Error, Equatable, Sendable {
  /// This module does not unpack the format.
  case unsupported(Compression)
  /// The library found the bytes damaged; its own words or number.
  case damaged(Compression, String)
  /// The bytes end before the compressed stream does.
  case truncated(Compression)
  /// The result is larger than the caller takes.
  case tooLarge(Compression, limit: UInt64)
  /// There is not enough memory to unpack.
  case outOfMemory(Compression)
}

extension UnpackingError: CustomStringConvertible {
  /// A phrase that follows the name of what was to be unpacked.
  public var description: String {
    switch self {
    case .unsupported(let format): "is packed with \(format.rawValue), which is not unpacked here"
    case .damaged(let format, let reason): "has damaged \(format.rawValue) data: \(reason)"
    case .truncated(let format): "ends before its \(format.rawValue) data does"
    case .tooLarge(let format, let limit):
      "unpacks (\(format.rawValue)) to more than \(limit) bytes"
    case .outOfMemory(let format): "needs more memory to unpack (\(format.rawValue)) than there is"
    }
  }
}
