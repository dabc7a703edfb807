// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// Makes templates: fetches Debian's Xen, boots it once in QEMU, and keeps the booted machine.
public struct TemplateBuilder: Sendable {
  let cache: LabCache
  let recipe: Recipe
  private let packageFolder: FilePath?

  /// - Parameters:
  ///   - cache: where packages and templates are kept.
  ///   - xen: which Xen.
  ///   - xenstore: what serves xenstore in its dom0.
  ///   - packages: a folder with Debian packages of that Xen; the machine's own release provides the
  ///     rest. Nil to take all from the release of Debian that has that Xen.
  public init(
    cache: LabCache, xen: XenRelease, xenstore: XenstoreDaemon, packages: FilePath? = nil
  ) {
    self.cache = cache
    packageFolder = packages
    recipe = Recipe(release: xen, xenstore: xenstore)
  }

  /// Returns a template that fits, making it first if there is none.
  ///
  /// Interrupting it at any time is safe, and so is running two at once: the second waits. SIGINT,
  /// SIGTERM and SIGHUP end it with `LabError.interrupted`.
  ///
  /// - Parameters:
  ///   - refresh: look for newer packages even if a template exists.
  ///   - progress: is called often, on the calling thread.
  /// - Returns: the template, complete and checked.
  /// - Throws: `LabError`; nothing half-made is left then.
  public func prepare(
    refresh: Bool = false, progress: (PreparationProgress) -> Void = { _ in }
  ) throws(LabError) -> Template {
    if !refresh, let template = existing { return template }
    for tool in [Tool.qemu, .aptGet, .aptCache, .dpkgDeb, .gzip, .xz] { _ = try tool.locate() }
    let cached = FileTree.diskUse(cache.packages(of: recipe.release))
    try DiskSpace.require(
      DiskSpace.template + max(0, DiskSpace.packages - cached), at: cache.root)
    let interrupts = try Interrupts()
    return try PreparationLock.hold(
      cache, interrupts, onWait: { progress(.init(step: .waiting)) }
    ) { () throws(LabError) in
      // The other one may have made it in the meantime.
      if !refresh, let template = existing { return template }
      // Nobody else prepares: whatever is staged belongs to a process that was killed.
      try FileTree.remove(cache.staging)
      do throws(LabError) {
        return try build(interrupts, progress)
      } catch {
        let explained = Self.explained(error, at: cache.root)
        try? FileTree.remove(cache.staging)
        throw explained
      }
    }
  }

  private var existing: Template? {
    guard
      let template = try? Template.find(
        in: cache, xen: recipe.release, xenstore: recipe.xenstore),
      (try? TemplateFiles(template)) != nil
    else { return nil }
    return template
  }

  private func build(
    _ interrupts: borrowing Interrupts, _ progress: (PreparationProgress) -> Void
  ) throws(LabError) -> Template {
    let own = try packageFolder.map { (path) throws(LabError) in try PackageFolder(path) }
    progress(.init(step: .resolving))
    try removeStrangers()
    let packages = try DebianPackages(
      for: recipe.release, in: cache.packages(of: recipe.release), own: own, interrupts)
    let qemu = try QemuIdentity.installed(interrupts)
    var manifest = TemplateManifest(
      xen: recipe.release.version,
      xenPackage: packages.version(of: recipe.release.hypervisorPackage) ?? "",
      kernelPackage: packages.kernel.map { "\($0.name) \($0.version)" } ?? "",
      xenstore: recipe.xenstore, recipe: recipe.fingerprint, qemu: qemu,
      created: time(nil), memorySize: QemuCommand.memorySize, memorySamples: [], stateSize: 0,
      stateSum: 0)
    let place = cache.templates.appending(manifest.key)
    // A refresh that finds nothing newer keeps what is there.
    if let template = try? Template(folder: place), (try? TemplateFiles(template)) != nil {
      return template
    }
    try packages.download(interrupts, progress: progress)
    let contents = try Dom0Packages(packages, recipe.release, interrupts, progress: progress)
    let image = try Dom0Image(contents, recipe.release, recipe.xenstore)
    progress(.init(step: .booting))
    let machine = try BootedMachine(contents, image, interrupts)

    let staged = cache.staging.appending(manifest.key)
    try FileTree.makeFolder(staged)
    try FileTree.makeFolder(cache.templates)
    manifest.memorySamples = try MemoryImage.write(
      machine.memory.descriptor, size: manifest.memorySize, to: staged.appending("memory"),
      interrupts, progress: progress)
    let state = try attempt("read", "device state") {
      try machine.state.descriptor.bytes(at: 0, count: machine.state.size)
    }
    manifest.stateSize = state.count
    manifest.stateSum = Checksum.of(state)
    try FileTree.write(state, to: staged.appending("state"))
    try FileTree.write(manifest.encoded(), to: staged.appending(Template.manifestName))
    try interrupts.check()
    // A damaged one may be in the way.
    try FileTree.remove(place)
    try FileTree.rename(staged, to: place)
    let made = try Template(folder: place)
    // Those of this recipe with older packages, or by an earlier QEMU, have no more use.
    for old in Template.list(in: cache)
    where old.manifest.recipe == manifest.recipe && old.key != made.key {
      try FileTree.rename(old.folder, to: cache.staging.appending("old-\(old.key)"))
    }
    try FileTree.remove(cache.staging)
    return made
  }

  /// Removes what no Xen's packages are kept in.
  private func removeStrangers() throws(LabError) {
    let ours = Set(FileTree.names(in: cache.packages).filter { $0.hasPrefix("xen-") })
    for name in FileTree.names(in: cache.packages) where !ours.contains(name) {
      try FileTree.remove(cache.packages.appending(name))
    }
  }

  /// Tools report a full disk in their own words; the fact is visible on the disk.
  private static func explained(_ error: LabError, at path: FilePath) -> LabError {
    let free = DiskSpace.free(at: path)
    switch error {
    case .commandFailed where free < 20_000_000, .diskFull:
      return .diskFull(
        at: path, needed: DiskSpace.template + DiskSpace.packages, available: free)
    default: return error
    }
  }
}

/// Everything of this program that shapes a template; packages and QEMU come on top.
struct Recipe: Equatable {
  let release: XenRelease
  let xenstore: XenstoreDaemon

  /// Changes whenever a template made by an earlier build would not do any more.
  var fingerprint: String {
    let number = FileDescriptor(rawValue: 0)
    let command = QemuCommand.arguments(
      .init(
        memory: number, serial: number, agentDisk: number, channel: number, control: number,
        hypervisor: number, dom0: (number, number)))
    var sum = Checksum()
    sum.add("\(TemplateManifest.currentFormat)")
    for argument in command { sum.add(argument) }
    let start = Dom0Init(
      release: release, xenstore: xenstore, modules: Dom0Packages.wantedModules)
    sum.add(start.script)
    for name in Dom0Image.contents(release, xenstore) { sum.add(name) }
    AgentDisk.descriptors.withUnsafeBytes { sum.add($0) }
    return hexadecimal(sum.value)
  }
}

/// Sixteen digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// How far a preparation is; the caller renders it.
public struct PreparationProgress: Equatable, Sendable {
  /// The steps of a preparation, in their order.
  public enum Step: Int, CaseIterable, Sendable {
    /// Another process prepares at the moment; this one waits for it.
    case waiting
    /// APT reads what its sources offer.
    case resolving
    /// The packages come from the mirror, or are found in the cache.
    case downloading
    /// The files that dom0 needs are taken out of the packages.
    case unpacking
    /// Xen and dom0 boot in QEMU.
    case booting
    /// Memory and device state are written down.
    case saving
  }

  /// What is being done.
  public var step: Step
  /// Number of this step, from 1.
  public var number: Int
  /// Number of steps.
  public var count: Int
  /// Done part of this step, 0...1, if it can be told.
  public var fraction: Double?
  /// Bytes handled so far, if the step handles bytes.
  public var bytesDone: Int?
  /// Bytes to handle, if known.
  public var bytesTotal: Int?

  public init(step: Step, fraction: Double? = nil, bytesDone: Int? = nil, bytesTotal: Int? = nil) {
    self.step = step
    // Waiting comes before the numbered steps and is usually skipped.
    number = max(step.rawValue, 1)
    count = Step.allCases.count - 1
    self.fraction = fraction
    self.bytesDone = bytesDone
    self.bytesTotal = bytesTotal
  }
}

extension PreparationProgress.Step: CustomStringConvertible {
  /// The step in words.
  public var description: String {
    switch self {
    case .waiting: "waiting for another preparation"
    case .resolving: "reading package lists"
    case .downloading: "downloading packages"
    case .unpacking: "unpacking"
    case .booting: "booting Xen"
    case .saving: "saving the template"
    }
  }
}
