// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostSystem
import PVHImage
import PVHTargets
import SystemPackage
import XenABI
import XenDomainModel

/// A domain that may be made: checked before anything is started, with the bytes of its files.
struct RunFiles {
  let image: [UInt8]
  let modules: ModulePack?
  /// What the domain is to be. Its name is as wanted, or the image's with this process's number, so that two
  /// runs do not collide.
  let domain: DomainConfiguration
  let disks: DiskFiles
  let loader: DomainLoader
  /// Whether the guest has a terminal of its own, which echoes and edits; those of PVHKit read lines.
  let hasTerminal: Bool
  /// Where a guest of PVHKit notes its moments: its first variables. Nil for guests of others.
  private let markAddress: Int?
  /// Pages below the image, page 0 not counted.
  private let room: Int

  /// `startsLastingDomain` says that the domain does not end with the command.
  init(
    _ source: DomainSource, on target: Target, force: Bool, startsLastingDomain: Bool = false
  ) throws(Problem) {
    var spec = source.spec
    // In QEMU Xen cannot emulate RDTSCP, and the counter moves to no other host.
    if target.isLab { spec.timestampCounter = spec.timestampCounter ?? .native }
    let path = source.file.path
    let checked = try source.file.image()
    try Problem.refuse(checked.validateBoot(), file: path.string, unless: force)
    hasTerminal = checked.guestOS != "PVHKit"
    let variables = checked.programHeaders.first { $0.isLoaded && $0.flags.contains(.write) }
    markAddress = hasTerminal ? nil : variables.map { Int(clamping: $0.physicalAddress.rawValue) }
    room = Int(clamping: (checked.extent?.start.rawValue ?? 0) / 4096) - 1
    modules = try ModulePack(spec)
    loader = spec.loader ?? .standard
    var domain = try spec.settled(
      for: checked, named: spec.name ?? Self.name(for: path), modules, force: force)
    disks = try DiskFiles(
      spec.disks ?? [], for: &domain, on: target, returnsNothing: startsLastingDomain)
    self.domain = domain
    image = try source.file.content()
  }

  /// What an agent is asked for; `timeout` is in seconds.
  func request(
    timeout: Double? = nil, verbose: Bool = false, isDebugged: Bool = false,
    wantsMarks: Bool = false, variation: LaunchVariation? = nil
  ) -> RunRequest {
    var request = RunRequest(
      domain, timeLimitMilliseconds: timeout.map { Int($0 * 1000) }, loader: loader,
      verbose: verbose)
    request.isDebugged = isDebugged
    request.carriedDisks = disks.carried
    if wantsMarks { request.markAddress = markAddress }
    request.variation = variation
    return request
  }

  /// What keeps a launch variation from taking place.
  func obstacle(to variation: LaunchVariation) -> String? {
    variation.obstacle(in: domain, room: room, moduleBytes: modules?.bytes.count ?? 0)
  }

  /// A name for a domain: the file's as far as a domain can have it.
  ///
  /// Endings that say what is in the file are left out; what else is behind dots, such as a kernel's version,
  /// stays.
  static func domainName(from path: FilePath) -> String {
    let endings = ["bin", "cfg", "elf", "gz", "img", "json", "lz4", "pvh", "xz", "zst"]
    var name = path.lastComponent ?? ""
    while let ending = name.extension, endings.contains(ending),
      let shorter = FilePath.Component(name.stem)
    {
      name = shorter
    }
    let usable = String(
      name.string.map { DomainRules.fault(name: "a\($0)") == nil ? $0 : "-" })
    let start = usable.split(separator: "-").joined(separator: "-")
      .drop { DomainRules.fault(name: "\($0)a") != nil }.prefix(40)
    guard !start.isEmpty else { return "guest" }
    // Digits alone are a domain's number.
    return DomainRules.fault(name: String(start)) == nil ? String(start) : "guest-\(start)"
  }

  /// The same with this process's number.
  private static func name(for path: FilePath) -> String {
    "\(domainName(from: path))-\(getpid())"
  }
}

/// The modules of a domain, one behind the other as they will be in its memory: each from a page
/// boundary on.
struct ModulePack {
  private static let page = 4096

  private(set) var bytes: [UInt8] = []
  /// Where each of them is among the bytes.
  private(set) var modules: [Range<Int>] = []

  /// The modules' sizes in bytes.
  var sizes: [UInt64] { modules.map { UInt64($0.count) } }

  /// Reads a domain's modules; nil if it has none.
  init?(_ spec: DomainSpec) throws(Problem) {
    guard let paths = spec.modules, !paths.isEmpty else { return nil }
    for path in paths {
      let content = try File.read(FilePath(path), limit: File.guestLimit - bytes.count)
      bytes += [UInt8](repeating: 0, count: (Self.page - bytes.count % Self.page) % Self.page)
      modules.append(bytes.count..<bytes.count + content.count)
      bytes += content
    }
  }
}

/// The file of an image, opened once: what is checked is what is sent.
final class GuestFile {
  let path: FilePath
  /// Nil if it could not be opened: who reads it as an image says why.
  private let descriptor: FileDescriptor?

  /// A FIFO without a writer must not block us, hence non-blocking.
  init(_ path: FilePath) {
    self.path = path
    descriptor = try? FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
  }

  deinit {
    try? descriptor?.close()
  }

  /// The first bytes, at most so many; nil if it is no regular file, or cannot be read.
  func start(limit: Int) -> [UInt8]? {
    guard let descriptor, let status = try? descriptor.information(),
      status.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return try? descriptor.bytes(at: 0, count: min(limit, Int(status.st_size)))
  }

  /// Reads it as an image.
  func image() throws(Problem) -> PVHImage {
    guard let descriptor else { return try PVHImage.read(path) }
    do throws(ImageError) {
      return try PVHImage(descriptor: descriptor.rawValue, name: path.string)
    } catch {
      throw Problem(error)
    }
  }

  /// All of its bytes.
  func content() throws(Problem) -> [UInt8] {
    guard let descriptor else { return try File.read(path, limit: File.guestLimit) }
    return try File.read(descriptor, path, limit: File.guestLimit)
  }
}
