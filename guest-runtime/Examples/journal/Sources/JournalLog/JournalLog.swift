// SPDX-License-Identifier: Apache-2.0

@_exported public import RecordLog

/// Keys and values, and the log of their changes on a disk, without any I/O.
public struct JournalLog: DiskLog, Sendable {
  public typealias Change = RecordLog.Change
  public typealias Failure = RecordLog.Failure

  /// The keys and their values.
  public private(set) var values: [[UInt8]: [UInt8]] = [:]
  private var log: RecordLog

  /// A log on a disk of which nothing was read.
  public init(diskSize: UInt64, sectorSize: Int) throws(Failure) {
    log = try RecordLog(diskSize: diskSize, sectorSize: sectorSize)
  }

  /// What of the disk is to be read next, and given to `take`; nil when the log is complete.
  public var nextRead: (count: Int, offset: UInt64)? { log.nextRead }

  /// Takes what was read.
  @discardableResult
  public mutating func take(_ bytes: [UInt8]) -> [Change] {
    let changes = log.take(bytes)
    for change in changes { apply(change) }
    return changes
  }

  /// Takes changes in.
  ///
  /// - Returns: What to do with the disk; when all of it is done, the changes are durable.
  /// - Throws: `Failure.full`, and then nothing has changed.
  public mutating func commit(_ changes: [Change]) throws(Failure) -> RecordSteps {
    let before = values
    changes.forEach { apply($0) }
    let all = values
    do throws(Failure) {
      return try log.commit(changes) {
        var rest = all.makeIterator()
        return { rest.next().map { .set($0.key, to: $0.value) } }
      }
    } catch {
      values = before
      throw error
    }
  }

  private mutating func apply(_ change: Change) {
    switch change {
    case .set(let key, let value): values[key] = value
    case .remove(let key): values[key] = nil
    }
  }
}
