// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import PVHImage
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
  init(_ description: DomainDescription) throws(Problem) {
    let path = FilePath(description.image ?? "")
    let checked = try Self.check(path)
    modules = try ModulePack(description)
    settings = try DomainSettings(checked, description, modules)
    image = try File.read(path, limit: File.guestLimit)
    name = description.name ?? "\(path.lastComponent?.stem ?? "guest")-\(getpid())"
  }

  private static func check(_ path: FilePath) throws(Problem) -> PVHImage {
    let image = try PVHImage.read(path)
    let findings = image.validateBoot()
    guard findings.isEmpty else { throw Problem(findings, file: path.string) }
    return image
  }
}
