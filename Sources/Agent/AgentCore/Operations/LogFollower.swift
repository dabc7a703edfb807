// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import HostSystem
import XenToolstack

/// Sends a console log to pvh: what there is, or everything until the guest has ended.
final class LogFollower {
  /// Milliseconds between looks.
  static let interval = 50
  /// Bytes that are passed on at once.
  private static let portion = 64 << 10

  private let name: String
  private let follows: Bool
  private let folder: SupervisionFolder
  private var reader: ConsoleLogReader
  /// When to look for more.
  private(set) var nextLook = MonotonicTime(nanoseconds: 0)
  /// Bytes from the guest's first start on that are no longer there.
  let lostByteCount: Int

  /// Opens the log of the domain that the request refers to.
  convenience init(_ request: LogRequest, host: ControlDomain) throws(ToolstackError) {
    guard let record = try DomainReference(request.domain, host: host).record else {
      throw ToolstackError(
        .badConfiguration,
        "the output of \"\(request.domain)\" is not logged, since it was not started by "
          + "pvh run --detach: see its console with pvh console")
    }
    try self.init(request, of: record.request.name, folder: .standard)
  }

  /// Opens the log of the supervised domain `name`.
  init(_ request: LogRequest, of name: String, folder: SupervisionFolder) throws(ToolstackError) {
    self.name = name
    follows = request.follows
    self.folder = folder
    reader = try explaining { () throws(SupervisionError) in
      try ConsoleLogReader(path: folder.file("console.log", of: name))
    }
    lostByteCount = reader.position
    if let count = request.lineCount { reader.seek(linesFromEnd: count) }
  }

  /// Passes on what is new, in pieces. Returns whether that was all, and how the guest ended if it has.
  func advance(now: MonotonicTime, room: () -> Int, pass: ([UInt8]) -> Void)
    -> (isOver: Bool, outcome: Outcome?)
  {
    guard now >= nextLook else { return (false, nil) }
    // The record first: what was printed before the end is in the log by then.
    let record = (try? folder.record(of: name)) ?? nil
    while case let limit = min(Self.portion, room()), limit > 0 {
      let bytes = reader.next(limit: limit)
      if bytes.isEmpty {
        nextLook = now.adding(milliseconds: Self.interval)
        guard follows else { return (true, nil) }
        return (record == nil || record?.phase == .ended, record?.supervision.outcome)
      }
      pass(bytes)
    }
    return (false, nil)
  }
}
