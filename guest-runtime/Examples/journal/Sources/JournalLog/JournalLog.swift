// SPDX-License-Identifier: Apache-2.0

/// Keys and values, and the log of their changes on a disk, without any I/O.
///
/// The disk has two halves. Each begins with a sector that says how new it is; records follow, each of whole
/// sectors, each with a checksum. The newer half counts, up to the first record that is not whole. When it is
/// full, what there is is written to the other half, and that becomes the newer one. So whatever moment the
/// power fails at, the disk has all that was committed before.
public struct JournalLog: Sendable {
  /// What is to be done with the disk, in this order, before a commit counts.
  public enum Step: Equatable, Sendable {
    case write([UInt8], at: UInt64)
    case flush
  }

  /// What is asked of the log.
  public enum Change: Equatable, Sendable {
    case set([UInt8], to: [UInt8])
    case remove([UInt8])
  }

  /// Why something cannot be.
  public enum Failure: Error, Equatable, Sendable {
    /// The disk has not even room for a record in each half.
    case diskTooSmall
    /// All keys and values together do not fit into half of the disk.
    case full
  }

  private enum Recovery {
    /// The first sector of each half is read.
    case first, second
    /// Records are read, of which these bytes are not a whole one.
    case records([UInt8])
    case done
  }

  /// The keys and their values.
  public private(set) var values: [[UInt8]: [UInt8]] = [:]
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
  public mutating func take(_ bytes: [UInt8]) {
    switch recovery {
    case .first:
      generation = Record.generation(of: bytes) ?? 0
      recovery = .second
    case .second:
      let second = Record.generation(of: bytes) ?? 0
      isSecond = second > generation
      generation = max(generation, second)
      recovery = generation > 0 ? .records([]) : .done
    case .records(let pending): takeRecords(pending + bytes)
    case .done: break
    }
  }

  private mutating func takeRecords(_ bytes: [UInt8]) {
    var pending = bytes[...]
    while let record = Record(Array(pending), generation: generation, sequence: sequence + 1) {
      apply(record.change)
      sequence += 1
      position += UInt64(padded(record.count))
      pending = pending.dropFirst(padded(record.count))
    }
    // A record may go on behind what was read.
    let rest = half - position
    let isMore =
      UInt64(pending.count) < rest && Record.isPlausible(Array(pending), limit: Int(rest))
    recovery = isMore ? .records(Array(pending)) : .done
  }

  // MARK: Commits

  /// Takes changes in.
  ///
  /// - Returns: What to do with the disk; when all of it is done, the changes are durable.
  /// - Throws: `Failure.full`, and then nothing has changed.
  public mutating func commit(_ changes: [Change]) throws(Failure) -> [Step] {
    let before = self
    changes.forEach { apply($0) }
    if generation > 0 {
      let bytes = records(changes)
      if position + UInt64(bytes.count) <= half {
        defer { position += UInt64(bytes.count) }
        return [.write(bytes, at: base + position), .flush]
      }
    }
    do throws(Failure) {
      return try moveToOtherHalf()
    } catch {
      self = before
      throw error
    }
  }

  /// Writes all keys and values to the other half, and then that it is the newer one.
  private mutating func moveToOtherHalf() throws(Failure) -> [Step] {
    isSecond = generation > 0 && !isSecond
    (generation, sequence, position) = (generation + 1, 0, UInt64(sectorSize))
    let bytes = records(values.map { .set($0.key, to: $0.value) })
    guard position + UInt64(bytes.count) <= half else { throw .full }
    let start = base + position
    position += UInt64(bytes.count)
    let header = Record.header(generation, sectorSize: sectorSize)
    let content: [Step] = bytes.isEmpty ? [] : [.write(bytes, at: start), .flush]
    return content + [.write(header, at: base), .flush]
  }

  private mutating func records(_ changes: [Change]) -> [UInt8] {
    var bytes: [UInt8] = []
    for change in changes {
      sequence += 1
      bytes += Record.bytes(of: change, generation: generation, sequence: sequence)
      bytes += [UInt8](repeating: 0, count: padded(bytes.count) - bytes.count)
    }
    return bytes
  }

  private mutating func apply(_ change: Change) {
    switch change {
    case .set(let key, let value): values[key] = value
    case .remove(let key): values[key] = nil
    }
  }

  private var base: UInt64 { isSecond ? half : 0 }

  private func padded(_ count: Int) -> Int { (count + sectorSize - 1) / sectorSize * sectorSize }
}
