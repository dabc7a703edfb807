// SPDX-License-Identifier: Apache-2.0

/// What is to be done with the disk, in this order, before changes count.
///
/// The bytes are made step by step, and so are the changes: a log that is written anew takes the memory of one change
/// and one step, besides what it is written from.
public struct RecordSteps: Sequence, IteratorProtocol {
  public enum Step: Equatable, Sendable {
    /// At most `writeLimit` bytes.
    case write([UInt8], at: UInt64)
    case flush
  }

  /// How many bytes one step writes; a whole number of sectors.
  public static let writeLimit = 65_536

  private let sectorSize: Int
  private let generation: UInt64
  /// Of the last record that was begun.
  private var sequence: UInt64
  /// Where the next step writes.
  private var offset: UInt64
  private let nextChange: RecordLog.Source
  /// What is left of the record that was begun.
  private var rest: ArraySlice<UInt8> = []
  /// What is written when all the rest is on the disk.
  private var last: (bytes: [UInt8], offset: UInt64)?
  private var isFlushed = true

  init(
    _ changes: @escaping RecordLog.Source, at offset: UInt64, generation: UInt64, sequence: UInt64,
    sectorSize: Int
  ) {
    (self.offset, self.generation, self.sequence) = (offset, generation, sequence)
    (nextChange, self.sectorSize) = (changes, sectorSize)
  }

  mutating func end(with bytes: [UInt8], at offset: UInt64) { last = (bytes, offset) }

  /// The next step; nil when all is done.
  public mutating func next() -> Step? {
    let bytes = nextBytes()
    if !bytes.isEmpty {
      isFlushed = false
      defer { offset += UInt64(bytes.count) }
      return .write(bytes, at: offset)
    }
    if !isFlushed {
      isFlushed = true
      return .flush
    }
    guard let (bytes, place) = last else { return nil }
    last = nil
    isFlushed = false
    return .write(bytes, at: place)
  }

  private mutating func nextBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < Self.writeLimit {
      if rest.isEmpty {
        guard let change = nextChange() else { break }
        sequence += 1
        let record = Record.bytes(of: change, generation: generation, sequence: sequence)
        rest = record[...]
      }
      let part = rest.prefix(Self.writeLimit - bytes.count)
      bytes += part
      rest = part.count < rest.count ? rest.dropFirst(part.count) : []
      // A record takes whole sectors.
      if rest.isEmpty {
        let padding = (sectorSize - bytes.count % sectorSize) % sectorSize
        bytes += repeatElement(0, count: padding)
      }
    }
    return bytes
  }
}

/// A log that is read from its disk, piece by piece, before it is used.
public protocol DiskLog {
  /// A log on a disk of which nothing was read.
  init(diskSize: UInt64, sectorSize: Int) throws(RecordLog.Failure)

  /// What of the disk is to be read next, and given to `take`; nil when the log is complete.
  var nextRead: (count: Int, offset: UInt64)? { get }

  /// Takes what was read.
  ///
  /// - Returns: The changes in it, in the order in which they were committed.
  @discardableResult
  mutating func take(_ bytes: [UInt8]) -> [RecordLog.Change]
}
