// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import Glibc
import PVHImage
import SystemPackage
import Targets

/// A domain that may be made: checked before anything is started, with the bytes of its files.
struct RunFiles {
  let image: [UInt8]
  let modules: ModulePack?
  /// What the domain is to be. Its name is as wanted, or the image's with this process's number, so that two
  /// runs do not collide.
  let domain: DomainConfiguration
  let loader: DomainLoader
  /// Whether the guest has a terminal of its own, which echoes and edits; those of PVHKit read lines.
  let hasTerminal: Bool

  init(_ source: DomainSource, on target: Target, force: Bool) throws(Problem) {
    var spec = source.spec
    // In QEMU Xen cannot emulate RDTSCP, and the counter moves to no other host.
    if target.isLab { spec.timestampCounter = spec.timestampCounter ?? .native }
    let path = source.file.path
    let checked = try source.file.image()
    try Problem.refuse(checked.validateBoot(), file: path.string, unless: force)
    hasTerminal = checked.guestOS != "PVHKit"
    modules = try ModulePack(spec)
    loader = spec.loader ?? .standard
    domain = try spec.settled(
      for: checked, named: spec.name ?? Self.name(for: path), modules, force: force)
    image = try source.file.content()
  }

  /// What an agent is asked for; `timeout` is in seconds.
  func request(timeout: Double? = nil, verbose: Bool = false) -> RunRequest {
    RunRequest(
      domain, timeLimitMilliseconds: timeout.map { Int($0 * 1000) }, loader: loader,
      verbose: verbose)
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
