// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import PVHImage
import SystemPackage

extension PVHImage {
  /// Reads an image for a command.
  static func read(_ file: FilePath, symbols: Bool = false) throws(Problem) -> PVHImage {
    do throws(ImageError) {
      return try PVHImage(contentsOf: file.string, symbols: symbols)
    } catch {
      throw Problem(error)
    }
  }
}

extension PVHImage {
  /// One line for people: where, how large, how much memory.
  var summary: String { summary(path: file) }

  fileprivate func summary(path: String) -> String {
    var text = "\(path): \(fileSize) bytes, \(loadedSize) loaded"
    if let memory = smallestMemory() { text += ", boots with \(memory) KiB" }
    return text
  }
}

/// An image that `pvh build` made and found fit to boot.
struct GuestBuild {
  let path: FilePath
  private let image: PVHImage

  /// Checks what the linker made, and puts a stripped copy in place, with the program beside it; on failure
  /// nothing is there.
  init(linked: FilePath, image path: FilePath, manifest: Manifest?) throws(Problem) {
    try Self.check(linked) { $0.validateBuilt() }
    try Folder.makeIfMissing(path.removingLastComponent())
    let staging = FilePath(path.string + ".new-\(getpid())")
    do throws(Problem) {
      try SwiftTool.strip(linked, to: staging)
      try Self.put(manifest, into: staging)
      image = try Self.check(staging, symbols: false) { $0.validateBoot() }
      try Folder.rename(staging, to: path)
      try ProgramStore.standard.keep(linked, beside: path)
    } catch {
      Directory.unlinkIfPresent(staging)
      throw error
    }
    self.path = path
  }

  /// One line for people: where, how large, how much memory.
  var summary: String { image.summary(path: path.string) }

  private static func put(_ manifest: Manifest?, into file: FilePath) throws(Problem) {
    do throws(EditError) {
      try manifest?.put(into: file.string)
    } catch {
      throw Problem(error, file: file.string)
    }
  }

  @discardableResult
  private static func check(
    _ file: FilePath, symbols: Bool = true, _ rules: (PVHImage) -> [Finding]
  ) throws(Problem) -> PVHImage {
    let image = try PVHImage.read(file, symbols: symbols)
    let findings = rules(image)
    guard findings.isEmpty else { throw Problem(findings, file: file.string) }
    return image
  }
}
