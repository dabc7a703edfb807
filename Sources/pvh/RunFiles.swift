// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainRules
import Glibc
import PVHImage
import Places
import SystemPackage

/// The files of a domain, checked before anything is started.
struct RunFiles {
  let image: [UInt8]
  let modules: ModulePack?
  let settings: DomainSettings
  /// The domain's name: as described, or the image's with this process's number, so that two runs do
  /// not collide.
  let name: String

  /// - Precondition: the description names an image.
  init(_ description: DomainDescription, on place: Place) throws(Problem) {
    var description = description
    // In QEMU Xen cannot emulate RDTSCP, and the counter moves to no other host.
    if place.isLab { description.timestampCounter = description.timestampCounter ?? .native }
    let path = FilePath(description.image ?? "")
    let checked = try Self.check(path)
    modules = try ModulePack(description)
    settings = try DomainSettings(checked, description, modules)
    image = try File.read(path, limit: File.guestLimit)
    name = description.name ?? Self.name(for: path)
    if let fault = DomainRules.fault(name: name) { throw Problem(fault, status: .usage) }
  }

  /// The file's name as far as a domain can have it, with this process's number.
  private static func name(for path: FilePath) -> String {
    let stem = path.lastComponent?.stem ?? ""
    let usable = String(stem.map { DomainRules.fault(name: "a\($0)") == nil ? $0 : "-" })
    let start = usable.split(separator: "-").joined(separator: "-")
      .drop { DomainRules.fault(name: "\($0)a") != nil }.prefix(40)
    return "\(start.isEmpty ? "guest" : start)-\(getpid())"
  }

  private static func check(_ path: FilePath) throws(Problem) -> PVHImage {
    let image = try PVHImage.read(path)
    let findings = image.validateBoot()
    guard findings.isEmpty else { throw Problem(findings, file: path.string) }
    return image
  }
}
