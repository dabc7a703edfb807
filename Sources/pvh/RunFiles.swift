// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage
import SystemPackage

/// The files of a run, checked before anything is started.
struct RunFiles {
  let image: [UInt8]
  let module: [UInt8]?
  let memory: MemoryAmount
  /// The image's name, with this process's number so that two runs do not collide.
  let defaultName: String

  /// More than a domain of the largest sort would take.
  private static let limit = 1 << 30
  /// What a domain gets unless it needs more or is told otherwise.
  private static let usualMemory = MemoryAmount(mebibytes: 16)

  init(image path: FilePath, options: DomainOptions) throws(Problem) {
    let checked = try Self.check(path)
    module = try options.module.map { module throws(Problem) in
      try File.read(FilePath(module), limit: Self.limit)
    }
    let modules = module.map { [UInt64($0.count)] } ?? []
    let commandLine = UInt64(options.cmdline.utf8.count)
    let need = checked.memoryNeed(moduleBytes: modules, commandLineBytes: commandLine)
    // Beside what the domain builder fills, the guest should have some for itself.
    memory =
      options.memory
      ?? MemoryAmount(
        mebibytes: max(Self.usualMemory.mebibytes, Int(clamping: need?.mebibytes ?? 0) + 8))
    let findings = checked.validate(
      memoryKiB: UInt64(memory.mebibytes) * 1024, moduleBytes: modules,
      commandLineBytes: commandLine)
    guard findings.isEmpty else { throw Problem(findings, file: path.string) }
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
