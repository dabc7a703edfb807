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
  /// What is decided about the guest, and its record.
  var life: SupervisedLife
  var hosted: LiveDomain?
  private var loan = ConsoleLoan()

  /// Looks after a domain, which may exist.
  init(_ life: SupervisedLife, folder: SupervisionFolder, host: ControlDomain)
    throws(SupervisionError)
  {
    self.life = life
    self.folder = folder
    self.host = host
    log = try ConsoleLog(path: folder.file("console.log", of: life.record.request.name))
  }

  var record: DomainRecord { life.record }

  var name: String { record.request.name }
  /// The guest's run, while it runs.
  var run: DomainRun<LiveMachine>? { hosted?.run }
  /// Whether there is nothing more to do.
  var isOver: Bool { life.isOver }
  /// Bytes that this life of the guest has printed.
  var lifeByteCount: Int { max(0, log.end - record.logStart) }

  /// Builds the domain and lets it run.
  ///
  /// - Throws: after removing what existed of it; the record says "creating" still.
  func start() throws(ToolstackError) {
    let uuid = DomainUUID.random()
    life.begin(uuid: uuid.hexadecimal, logStart: log.end, startedAt: Int(time(nil)))
    try save()
    let request = record.request
    let hosted = try LiveDomain(
      request.domain, image: try image(), uuid: uuid,
      builder: request.builder(on: host), host: host)
    do throws(ToolstackError) {
      try hosted.attach()
      // Before it runs: a guest that is known to be complete is never taken for half-built.
      life.run(domainID: Int(hosted.domain.id.rawValue), now: .now)
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
    life.release()
    try save()
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

  /// Writes the record down; the image of a guest that has ended for good is not needed any more.
  func save() throws(ToolstackError) {
    try explaining { () throws(SupervisionError) in try folder.write(record) }
    guard isOver else { return }
    for file in ["kernel", "module"] {
      Directory.unlinkIfPresent(folder.file(file, of: name))
    }
  }

  // MARK: - The console

  /// When to advance at the latest.
  var deadline: MonotonicTime? {
    [run?.deadline, life.nextStep, loan.deadline].compactMap(\.self).min()
  }

  /// What to poll for.
  var interests: [DescriptorInterest] {
    run?.interests(outputRoom: loan.isTaken ? 0 : 1) ?? []
  }

  /// Nothing while `xl console` is attached to a running guest; at its end, what is left.
  func outputRoom(of run: DomainRun<LiveMachine>, now: MonotonicTime) -> Int {
    loan.look(now: now) { record.domainID.map { XenconsoleLock(domainID: $0).isTaken } ?? false }
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

/// Whether `xl console` has a guest's terminal at the moment; each look at its lock costs system calls.
struct ConsoleLoan {
  /// Milliseconds between looks.
  static let interval = 200

  private(set) var isTaken = false
  private var nextLook = MonotonicTime(nanoseconds: 0)

  /// When to look at the latest: while the terminal is lent, nothing else wakes its owner.
  var deadline: MonotonicTime? { isTaken ? nextLook : nil }

  /// Asks, if it is time to.
  mutating func look(now: MonotonicTime, isLocked: () -> Bool) {
    guard now >= nextLook else { return }
    isTaken = isLocked()
    nextLook = now.adding(milliseconds: Self.interval)
  }
}
