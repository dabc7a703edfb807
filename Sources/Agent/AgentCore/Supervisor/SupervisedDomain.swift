// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import Supervision
import SystemPackage
import XenToolstack

/// A domain that is looked after: its guest's output is kept, its end is written down, and its guest
/// is started again if that is wanted.
final class SupervisedDomain {
  /// What came of a guest since it was looked at last.
  struct News {
    var output: [UInt8] = []
    var acceptedInput = 0
    /// How the guest ended; another start may follow.
    var ending: Outcome?
    /// Why that cannot be said.
    var problem: ToolstackError?
  }

  let host: ControlDomain
  let folder: SupervisionFolder
  let log: ConsoleLog
  var record: DomainRecord
  var hosted: LiveDomain?
  /// Whether `xl console` is attached, and when to look again.
  var loan: (isTaken: Bool, nextLook: MonotonicTime) = (false, .now)
  /// When to go on with a guest that does not run: to start it again, or to see what is left of it.
  var nextStep: MonotonicTime?
  /// Whether the destruction of what is left has begun.
  var isDestroying = false

  /// Looks after a domain that has a record, and may exist.
  init(_ record: DomainRecord, folder: SupervisionFolder, host: ControlDomain)
    throws(SupervisionError)
  {
    self.record = record
    self.folder = folder
    self.host = host
    log = try ConsoleLog(path: folder.file("console.log", of: record.request.name))
  }

  var name: String { record.request.name }
  /// The guest's run, while it runs.
  var run: DomainRun<LiveMachine>? { hosted?.run }
  /// Whether there is nothing more to do.
  var isOver: Bool { record.phase == .ended }
  /// Bytes that this life of the guest has printed.
  var lifeByteCount: Int { max(0, log.end - record.logStart) }

  /// Builds the domain and lets it run.
  ///
  /// - Throws: after removing what existed of it; the record says "creating" still.
  func start() throws(ToolstackError) {
    nextStep = nil
    let uuid = DomainUUID.random()
    record.phase = .creating
    record.uuid = uuid.hexadecimal
    record.domainID = nil
    record.logStart = log.end
    record.supervision.startedAt = Int(time(nil))
    try save()
    let request = record.request
    let hosted = try LiveDomain(
      request.domain, image: try image(), uuid: uuid,
      builder: request.builder(on: host), host: host)
    do throws(ToolstackError) {
      try hosted.attach()
      // Before it runs: a guest that is known to be complete is never taken for half-built.
      record.phase = .running
      record.domainID = Int(hosted.domain.id.rawValue)
      record.startNanoseconds = MonotonicTime.now.nanoseconds
      record.supervision.problem = nil
      try save()
      _ = try hosted.unpause(timeLimitMilliseconds: request.timeLimitMilliseconds)
    } catch {
      bestEffort { () throws(ToolstackError) in try hosted.destroy() }
      throw error
    }
    self.hosted = hosted
  }

  /// No more restarts; one that is waited for does not come.
  func release() throws(ToolstackError) {
    record.supervision.restart = .never
    if record.phase == .waiting {
      record.supervision.problem = nil
      try conclude()
    } else {
      try save()
    }
  }

  /// Takes the domain away, and all that is known of it.
  func remove() throws(ToolstackError) {
    hosted?.detach()
    hosted = nil
    if let domain = try remainingDomain() { try host.destroy(domain) }
    try explaining { () throws(SupervisionError) in try folder.remove(name) }
  }

  /// What is left of the last domain, as far as Xen knows.
  func remainingDomain() throws(ToolstackError) -> Domain? {
    guard let uuid = DomainUUID(hexadecimal: record.uuid) else { return nil }
    return try host.domain(with: uuid)
  }

  private func image() throws(ToolstackError) -> DomainImage {
    var image = DomainImage(kernel: try ImageFile(opening: folder.file("kernel", of: name).string))
    if record.request.moduleByteCount != nil {
      image.module = try ImageFile(opening: folder.file("module", of: name).string)
    }
    return image
  }

  /// The guest has ended for good: its image is not needed any more.
  func conclude() throws(ToolstackError) {
    record.phase = .ended
    nextStep = nil
    try save()
    for file in ["kernel", "module"] {
      Directory.unlinkIfPresent(folder.file(file, of: name))
    }
  }

  func save() throws(ToolstackError) {
    try explaining { () throws(SupervisionError) in try folder.write(record) }
  }

  // MARK: - The console

  /// Milliseconds between looks whether `xl console` is attached.
  private static var loanInterval: Int { 200 }

  /// When to advance at the latest.
  var deadline: MonotonicTime? {
    [run?.deadline, nextStep, loan.isTaken ? loan.nextLook : nil].compactMap(\.self).min()
  }

  /// What to poll for.
  var interests: [DescriptorInterest] {
    run?.interests(outputRoom: loan.isTaken ? 0 : 1) ?? []
  }

  /// Nothing while `xl console` is attached to a running guest; at its end, what is left.
  func outputRoom(of run: DomainRun<LiveMachine>, now: MonotonicTime) -> Int {
    if now >= loan.nextLook, let number = record.domainID {
      loan.isTaken = XenconsoleLock(domainID: number).isTaken
      loan.nextLook = now.adding(milliseconds: Self.loanInterval)
    }
    return loan.isTaken && run.stopTime == nil ? 0 : 256 << 10
  }

  /// What is kept of what this life of the guest has printed.
  func history() -> [UInt8] {
    guard var reader = try? ConsoleLogReader(path: folder.file("console.log", of: name)) else {
      return []
    }
    reader.skip(to: record.logStart)
    return reader.next(limit: lifeByteCount)
  }
}
