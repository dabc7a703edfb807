// SPDX-License-Identifier: Apache-2.0

/// A log of changes on a disk, without any I/O.
///
/// The disk has two halves. Each begins with a sector that says how new it is; records follow, each of whole
/// sectors, each with a checksum. The newer half counts, up to the first record that is not whole. When it is
/// full, what there is is written to the other half, and that becomes the newer one. So whatever moment the
/// power fails at, the disk has all that was committed before.
public struct RecordLog: DiskLog, Sendable {
  /// Changes, one with each call; nil when there are no more.
  public typealias Source = () -> Change?

  /// What is kept: of a key and a value, or of a key. What they mean is up to the caller.
  public enum Change: Equatable, Sendable {
    case set([UInt8], to: [UInt8])
    case remove([UInt8])
  }

  /// Why something cannot be.
  public enum Failure: Error, Equatable, Sendable {
    /// The disk has not even room for a record in each half.
    case diskTooSmall
    /// All that there is does not fit into half of the disk.
    case full
  }

  private enum Recovery {
    /// The first sector of each half is read.
    case first, second
    /// Records are read, of which these bytes are not a whole one.
    case records([UInt8])
    case done
  }

  private let sectorSize: Int
  private let half: UInt64
  private var recovery = Recovery.first
  private var isSecond = false
  private var generation: UInt64 = 0
  private var sequence: UInt64 = 0
  /// Where the next record goes, from the beginning of the half.
  private var position: UInt64

  /// A log on a disk of which nothing was read.
  public init(diskSize: UInt64, sectorSize: Int) throws(Failure) {
    self.sectorSize = sectorSize
    half = diskSize / 2 / UInt64(sectorSize) * UInt64(sectorSize)
    position = UInt64(sectorSize)
    guard half >= UInt64(2 * sectorSize) else { throw .diskTooSmall }
  }

  // MARK: Recovery

  /// What of the disk is to be read next, and given to `take`; nil when the log is complete.
  public var nextRead: (count: Int, offset: UInt64)? {
    switch recovery {
    case .first: return (sectorSize, 0)
    case .second: return (sectorSize, half)
    case .records(let pending):
      let start = position + UInt64(pending.count)
      return (Int(min(UInt64(64 << 10), half - start)), base + start)
    case .done: return nil
    }
  }

  /// Takes what was read.
  ///
  /// - Returns: The changes in it, in the order in which they were committed.
  @discardableResult
  public mutating func take(_ bytes: [UInt8]) -> [Change] {
    switch recovery {
    case .first:
      generation = Record.generation(of: bytes) ?? 0
      recovery = .second
    case .second:
      let second = Record.generation(of: bytes) ?? 0
      isSecond = second > generation
      generation = max(generation, second)
      recovery = generation > 0 ? .records([]) : .done
    case .records(let pending): return takeRecords(pending.isEmpty ? bytes : pending + bytes)
    case .done: break
    }
    return []
  }

  private mutating func takeRecords(_ bytes: [UInt8]) -> [Change] {
    var changes: [Change] = []
    var pending = bytes[...]
    while let record = Record(pending, generation: generation, sequence: sequence + 1) {
      changes.append(record.change)
      sequence += 1
      position += UInt64(padded(record.count))
      pending = pending.dropFirst(padded(record.count))
    }
    // A record may go on behind what was read.
    let rest = half - position
    let isMore = UInt64(pending.count) < rest && Record.isPlausible(pending, limit: Int(rest))
    recovery = isMore ? .records(Array(pending)) : .done
    return changes
  }

  // MARK: Commits

  /// Adds changes.
  ///
  /// - Parameters:
  ///   - changes: what is added.
  ///   - whole: begins anew with changes that lead to what there is, with those added: called when a half is full.
  /// - Returns: What to do with the disk; when all of it is done, the changes are durable.
  /// - Throws: `Failure.full`, and then the log is as it was.
  public mutating func commit(
    _ changes: [Change], whole: () -> Source
  ) throws(Failure) -> RecordSteps {
    guard generation > 0, let steps = add({ Self.source(changes) }) else {
      return try rewrite(whole)
    }
    return steps
  }

  /// Writes what there is anew, without what it came from.
  ///
  /// - Parameter whole: begins anew with changes that lead to what there is. Called twice, and then the changes are the
  ///   same: what they take is looked at first, and the second time they are made when their turn comes.
  /// - Returns: What to do with the disk, as for `commit`.
  /// - Throws: `Failure.full`, and then the log is as it was.
  public mutating func rewrite(_ whole: () -> Source) throws(Failure) -> RecordSteps {
    let before = self
    isSecond = generation > 0 && !isSecond
    (generation, sequence, position) = (generation + 1, 0, UInt64(sectorSize))
    guard var steps = add(whole) else {
      self = before
      throw .full
    }
    // That this half is the newer one is written when all the rest is on the disk.
    steps.end(with: Record.header(generation, sectorSize: sectorSize), at: base)
    return steps
  }

  /// Makes room for records of changes behind those that are there; nil if the half has none.
  private mutating func add(_ changes: () -> Source) -> RecordSteps? {
    let steps = RecordSteps(
      changes(), at: base + position, generation: generation, sequence: sequence,
      sectorSize: sectorSize)
    let next = changes()
    var (end, last) = (position, sequence)
    while let change = next() {
      end += UInt64(padded(Record.count(of: change)))
      last += 1
      guard end <= half else { return nil }
    }
    (position, sequence) = (end, last)
    return steps
  }

  /// The changes of an array.
  public static func source(_ changes: [Change]) -> Source {
    var rest = changes.makeIterator()
    return { rest.next() }
  }

  private var base: UInt64 { isSecond ? half : 0 }

  private func padded(_ count: Int) -> Int { (count + sectorSize - 1) / sectorSize * sectorSize }
}
