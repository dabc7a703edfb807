// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import SystemPackage

/// `pvh inspect`: what an image is, and what each launcher would do with it.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what an image is: entry, notes, segments, memory, launchers.",
    discussion: """
      Reads ELF files, gzip-ed ones, and the kernel inside a Linux boot image (gzip, xz, zstd, lz4). \
      pvh check says in full what the last lines say in short.
      """)

  @Argument(help: "The image.", completion: .file())
  var file: String

  @Flag(help: "Print JSON; docs/inspect-json.md describes it.")
  var json = false

  func run() throws {
    let image: PVHImage
    do throws(Problem) {
      image = try PVHImage.read(FilePath(file), symbols: true)
    } catch {
      // Programs read standard output whatever becomes of the file.
      if json { try Terminal.write(json: CheckedFile(file, [], memoryKiB: nil)) }
      throw error
    }
    if json { return try Terminal.write(json: ImageReport(image)) }
    for line in ImageText(image: image).lines { try Terminal.write(line) }
  }
}
