// SPDX-License-Identifier: Apache-2.0

/// How bytes are compressed, told by the first of them.
///
/// These are the formats that Linux kernels are packed in; Linux: `lib/decompress.c`.
public enum Compression: String, CaseIterable, Sendable {
  /// gzip, RFC 1952.
  case gzip
  /// xz with the filters that liblzma knows.
  case xz
  /// Zstandard, RFC 8878.
  case zstd
  /// LZ4 in its legacy frames: blocks of at most 8 MiB, each behind its length.
  case lz4
  /// bzip2, which is recognised only.
  case bzip2
  /// LZMA without xz around it, which is recognised only.
  case lzma
  /// LZO as `lzop` writes it, which is recognised only.
  case lzo

  /// Tells the format from the first bytes; six are enough.
  public init?(magic bytes: some Sequence<UInt8>) {
    let start = Array(bytes.prefix(6))
    guard let found = Self.allCases.first(where: { start.starts(with: $0.magic) }) else {
      return nil
    }
    self = found
  }

  /// Whether this module unpacks the format.
  public var isUnpackable: Bool {
    switch self {
    case .gzip, .xz, .zstd, .lz4: true
    case .bzip2, .lzma, .lzo: false
    }
  }

  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1f, 0x8b]
    case .xz: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]
    case .zstd: [0x28, 0xb5, 0x2f, 0xfd]
    case .lz4: [0x02, 0x21, 0x4c, 0x18]
    case .bzip2: [0x42, 0x5a, 0x68]
    case .lzma: [0x5d, 0x00, 0x00]
    case .lzo: [0x89, 0x4c, 0x5a, 0x4f]
    }
  }
}
