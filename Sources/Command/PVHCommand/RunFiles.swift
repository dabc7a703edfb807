// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainRules
import Glibc
import PVHImage
import SystemPackage
import Targets

/// The files of a domain, checked before anything is started.
struct RunFiles {
  let image: [UInt8]
  let modules: ModulePack?
  let settings: DomainSettings
  /// Whether the guest has a terminal of its own, which echoes and edits; those of PVHKit read lines.
  let hasTerminal: Bool
  /// The domain's name: as described, or the image's with this process's number, so that two runs do
  /// not collide.
  let name: String

  /// - Precondition: the description names an image.
  init(_ description: DomainDescription, on target: Target, force: Bool) throws(Problem) {
    var description = description
    // In QEMU Xen cannot emulate RDTSCP, and the counter moves to no other host.
    if target.isLab { description.timestampCounter = description.timestampCounter ?? .native }
    let path = FilePath(description.image ?? "")
    let checked = try PVHImage.read(path)
    try Problem.refuse(checked.validateBoot(), file: path.string, unless: force)
    hasTerminal = checked.guestOS != "PVHKit"
    modules = try ModulePack(description)
    settings = try DomainSettings(checked, description, modules, force: force)
    image = try File.read(path, limit: File.guestLimit)
    name = description.name ?? Self.name(for: path)
    if let fault = DomainRules.fault(name: name) { throw Problem(fault, status: .usage) }
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
