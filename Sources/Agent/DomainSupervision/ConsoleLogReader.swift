// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// Reads a guest's log, which may grow meanwhile.
public struct ConsoleLogReader: ~Copyable {
  private let descriptor: FileDescriptor
  /// Where reading goes on.
  public private(set) var position = 0

  /// Opens a log at its oldest byte that is kept.
  public init(path: FilePath) throws(SupervisionError) {
    do {
      descriptor = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw SupervisionError("opening", path, error as? Errno ?? .ioError)
    }
    skipHole()
  }

  deinit {
    try? descriptor.close()
  }

  /// Bytes in the log, those that have gone included.
  public var size: Int { (try? descriptor.information()).map { Int($0.st_size) } ?? 0 }

  /// Skips to a position; never goes back.
  public mutating func skip(to place: Int) { position = max(position, min(place, size)) }

  /// Skips to so many lines before the end; an unfinished line counts.
  public mutating func seek(linesFromEnd count: Int) {
    var rest = count
    let size = size
    var place = size
    while place > position {
      let piece = max(position, place - (64 << 10))..<place
      let bytes = read(piece)
      for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") {
        // No line begins after the last newline.
        if piece.lowerBound + index == size - 1 { continue }
        rest -= 1
        if rest <= 0 {
          position = count == 0 ? size : piece.lowerBound + index + 1
          return
        }
      }
      place = piece.lowerBound
    }
    if count == 0 { position = size }
  }

  /// The next bytes, at most so many; none if there are no more yet.
  public mutating func next(limit: Int) -> [UInt8] {
    while true {
      skipHole()
      let bytes = read(position..<max(position, min(size, position + limit)))
      // What was discarded meanwhile was read as zeros.
      guard bytes.isEmpty || descriptor.nextData(from: position) == position else { continue }
      position += bytes.count
      return bytes
    }
  }

  /// Skips what was discarded, or could not be written.
  private mutating func skipHole() {
    // Asked first: what the writer appends behind this is not part of the hole.
    let end = size
    // No data means a hole until the end.
    position = max(position, descriptor.nextData(from: position) ?? end)
  }

  private func read(_ range: Range<Int>) -> [UInt8] {
    (try? descriptor.bytes(at: range.lowerBound, count: range.count)) ?? []
  }
}
