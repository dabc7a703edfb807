// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import ELFZoo
import FixtureCatalogue
import SystemPackage

/// `pvh zoo`: images with one odd thing each, for authors of loaders.
struct ZooCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo",
    abstract: "Writes images that are odd in one way each, for tests of loaders.",
    discussion: """
      Each is a small ELF file, with a verdict for each launcher: xl (libxenguest), QEMU's -kernel and \
      linux-loader. Those that boot print a line on the Xen console or, without Xen, on port 0xE9 and the \
      first serial port, and end the machine. zoo.json beside them has names, checksums and verdicts; \
      docs/elf-zoo.md shows them.

      Example:
        pvh zoo zoo && qemu-system-x86_64 -nodefaults -display none -debugcon stdio \\
          -device isa-debug-exit,iobase=0xf4 -kernel zoo/plain.elf
      """)

  @Argument(help: "A new folder for them.", completion: .directory)
  var folder: String

  func run() throws {
    let path = FilePath(folder)
    let list = try Terminal.text(json: ZooList())
    try Folder.makeWhole(path) { staging throws(Problem) in
      for image in ZooImage.all {
        try File.write(image.bytes, to: staging.appending(image.file))
      }
      try File.write(list, to: staging.appending("zoo.json"))
    }
    try Terminal.write("\(ZooImage.all.count) images and zoo.json are in \(path)")
  }
}

/// What `zoo.json` says.
private struct ZooList: Encodable {
  var schema = 1
  var images = ZooImage.all.map(Entry.init)

  struct Entry: Encodable {
    let name: String
    let file: String
    let size: Int
    let sha256: String
    let oddity: String
    let memoryMiB: Int
    let verdicts: [Answer]

    init(_ image: ZooImage) {
      let bytes = image.bytes
      name = image.name
      file = image.file
      size = bytes.count
      var sum = SHA256()
      for byte in bytes { sum.add(byte) }
      sha256 = String(decoding: sum.digits(), as: UTF8.self)
      oddity = image.oddity
      memoryMiB = image.memoryMiB
      verdicts = [
        Answer("xl", image.xl), Answer("qemu", image.qemu),
        Answer("linux-loader", image.linuxLoader),
      ]
    }
  }

  struct Answer: Encodable {
    let launcher: String
    let outcome: String
    /// The line that the image prints, if it prints one.
    let prints: String?
    let reason: String
    let source: String

    init(_ launcher: String, _ verdict: ZooVerdict) {
      self.launcher = launcher
      outcome = verdict.outcome.rawValue
      prints = verdict.line?.rawValue
      reason = verdict.reason
      source = verdict.source
    }
  }
}
