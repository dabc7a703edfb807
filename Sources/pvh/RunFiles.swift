// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage
import SystemPackage

/// The files of a run, checked before anything is started.
struct RunFiles {
  let image: [UInt8]
  let module: [UInt8]?
  let settings: DomainSettings
  /// The image's name, with this process's number so that two runs do not collide.
  let defaultName: String

  /// More than a domain of the largest sort would take.
  private static let limit = 1 << 30

  init(image path: FilePath, options: DomainOptions) throws(Problem) {
    let checked = try Self.check(path)
    module = try options.module.map { module throws(Problem) in
      try File.read(FilePath(module), limit: Self.limit)
    }
    settings = try DomainSettings(
      checked, options, modules: module.map { [UInt64($0.count)] } ?? [])
    image = try File.read(path, limit: Self.limit)
    defaultName = "\(path.lastComponent?.stem ?? "guest")-\(getpid())"
  }

  private static func check(_ path: FilePath) throws(Problem) -> PVHImage {
    let image = try PVHImage.read(path)
    let findings = image.validateBoot()
    guard findings.isEmpty else { throw Problem(findings, file: path.string) }
    return image
  }
}
