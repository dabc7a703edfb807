// SPDX-License-Identifier: Apache-2.0

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
