// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// A domain that is looked after: its guest's output is kept, its end is written down, and its guest
/// is started again if that is wanted.
final class SupervisedDomain {
  /// What has happened since the last ``advance(now:mayStep:)``.
  struct News {
    var output: [UInt8] = []
    var acceptedInput = 0
    /// How the guest ended; another start may follow.
    var ending: Outcome?
    /// Why nothing can be said of the guest now.
    var problem: ToolstackError?
  }

  let host: ControlDomain
  let folder: SupervisionFolder
  let log: ConsoleLog
  /// What is decided about the guest, and its record.
  var life: SupervisedLife
  var hosted: LiveDomain?
  private var xenconsole = XenconsoleUse()

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
  /// Bytes that the guest has printed since its last start.
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
      // Recorded before it runs: a guest that runs is never taken for one that is being built.
      life.run(domainID: Int(hosted.domain.id.rawValue), now: .now)
      try save()
      _ = try hosted.unpause(timeLimitMilliseconds: request.timeLimitMilliseconds)
    } catch {
      bestEffort { () throws(ToolstackError) in try hosted.destroy() }
      throw error
    }
    self.hosted = hosted
  }

  /// Stops restarting the guest; one that waits to be started has ended.
  func release() throws(ToolstackError) {
    life.release()
    try save()
  }

  /// Destroys the domain, and removes its files.
  func remove() throws(ToolstackError) {
    hosted?.detach()
    hosted = nil
    if let domain = try remainingDomain() { try host.destroy(domain) }
    try explaining { () throws(SupervisionError) in try folder.remove(name) }
  }

  /// The last domain, if Xen still has it.
  func remainingDomain() throws(ToolstackError) -> Domain? {
    guard let uuid = DomainUUID(hexadecimal: record.uuid) else { return nil }
    return try host.domain(with: uuid)
  }

  // MARK: - What each start is made from

  private func file(_ name: String) -> String { folder.file(name, of: self.name).string }
  private static func diskFile(_ index: Int) -> String { "disk-\(index)" }

  /// Writes down what was sent, for this start and later ones.
  func keep(_ image: DomainImage) throws(ToolstackError) {
    try image.kernel.copy(to: file("kernel"))
    try image.module?.copy(to: file("module"))
    for (index, disk) in image.disks { try disk.copyDisk(to: file(Self.diskFile(index))) }
  }

  /// On its disks, each start finds what the one before it has written.
  private func image() throws(ToolstackError) -> DomainImage {
    var image = DomainImage(kernel: try ImageFile(opening: file("kernel")))
    if record.request.moduleByteCount != nil {
      image.module = try ImageFile(opening: file("module"))
    }
    for disk in record.request.carriedDisks {
      image.disks[disk.index] = try ImageFile(openingDisk: file(Self.diskFile(disk.index)))
    }
    return image
  }

  /// Writes the record down; what a guest is started from is not needed any more when it has ended for good.
  func save() throws(ToolstackError) {
    try explaining { () throws(SupervisionError) in try folder.write(record) }
    guard isOver else { return }
    let disks = record.request.carriedDisks.map { Self.diskFile($0.index) }
    for file in ["kernel", "module"] + disks {
      Directory.unlinkIfPresent(folder.file(file, of: name))
    }
  }

  // MARK: - The console

  /// When to advance at the latest.
  var deadline: MonotonicTime? {
    [run?.deadline, life.nextStep, xenconsole.deadline].compactMap(\.self).min()
  }

  var interests: [DescriptorInterest] {
    run?.interests(outputRoom: xenconsole.isActive ? 0 : 1) ?? []
  }

  /// None while `xl console` is attached to a running guest; what is left when the guest has ended is read anyhow.
  func outputRoom(of run: DomainRun<LiveMachine>, now: MonotonicTime) -> Int {
    xenconsole.look(now: now) {
      record.domainID.map { XenconsoleLock(domainID: $0).isTaken } ?? false
    }
    return xenconsole.isActive && run.stopTime == nil ? 0 : 256 << 10
  }

  /// What the log has of the output since the last start.
  func history() -> [UInt8] {
    guard var reader = try? ConsoleLogReader(path: folder.file("console.log", of: name)) else {
      return []
    }
    reader.skip(to: record.logStart)
    return reader.next(limit: lifeByteCount)
  }
}

/// Whether `xl console` has a guest's terminal at the moment. Its lock is looked at now and then only: each
/// look costs system calls.
struct XenconsoleUse {
  /// Milliseconds between looks.
  static let interval = 200

  private(set) var isActive = false
  private var nextLook = MonotonicTime(nanoseconds: 0)

  /// When to look at the latest: nothing else tells that the terminal is free again.
  var deadline: MonotonicTime? { isActive ? nextLook : nil }

  /// Asks, if it is time to.
  mutating func look(now: MonotonicTime, isLocked: () -> Bool) {
    guard now >= nextLook else { return }
    isActive = isLocked()
    nextLook = now.adding(milliseconds: Self.interval)
  }
}
