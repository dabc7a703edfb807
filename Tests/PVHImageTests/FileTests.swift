// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage
import Testing

/// Files as they come, by path.
@Suite struct FileTests {
  @Test(arguments: [
    ("/nonexistent/hello.pvh", Rule.missingFile), ("/etc/passwd/x", .missingFile),
    ("/etc", .directory), ("/dev/null", .notRegularFile), ("/etc/passwd", .notELF),
  ])
  func refusesWhatIsNotAnImage(path: String, rule: Rule) {
    let error = #expect(throws: ImageError.self) { try PVHImage(contentsOf: path) }
    #expect(error?.file == path)
    #expect(error?.finding.rule == rule)
    #expect(error?.finding.effect == .unreadable)
  }

  @Test(arguments: ["/bin/ls", "/proc/self/exe"])
  func findsNoNoteInAProgram(path: String) throws {
    let image = try PVHImage(contentsOf: path, symbols: true)
    #expect(image.entry == nil)
    let first = try #require(image.validateBoot().first)
    #expect(first.rule == .noPVHNote)
    #expect(first.message.contains("program for an operating system"))
    #expect(image.validateBuilt().contains { $0.rule == .dynamicImage })
  }

  @Test func refusesAnEmptyFile() {
    let error = #expect(throws: ImageError.self) { try read([]) }
    #expect(error?.finding.rule == .emptyFile)
  }

  @Test func refusesAFIFOWithoutWaitingForAWriter() throws {
    let path = "/tmp/pvhimage-fifo-\(getpid())"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    let error = #expect(throws: ImageError.self) { try PVHImage(contentsOf: path) }
    #expect(error?.finding.rule == .notRegularFile)
  }

  @Test(.enabled(if: geteuid() != 0, "root may read every file"))
  func refusesAnUnreadableFile() throws {
    let path = "/tmp/pvhimage-secret-\(getpid())"
    let descriptor = open(path, O_CREAT | O_WRONLY, 0)
    try #require(descriptor >= 0)
    defer {
      close(descriptor)
      unlink(path)
    }
    let error = #expect(throws: ImageError.self) { try PVHImage(contentsOf: path) }
    #expect(error?.finding.rule == .cannotOpen)
  }

  @Test func reportsADescriptorThatDoesNotRead() throws {
    let error = #expect(throws: ImageError.self) { try PVHImage(descriptor: -1, name: "gone") }
    #expect(error?.finding.rule == .cannotRead)
  }

  @Test(arguments: [
    ([0x4d, 0x5a, 0, 0], "EFI program"), ([0x7f], "pvh build"),
  ])
  func namesTheRemedyForOtherFormats(bytes: [UInt8], remedy: String) {
    let error = #expect(throws: ImageError.self) { try read(bytes) }
    #expect(error?.finding.rule == .notELF)
    #expect(error?.finding.remedy.contains(remedy) == true)
  }

  @Test func putsEverythingIntoOneLine() {
    let error = #expect(throws: ImageError.self) { try read(Array("#!/bin/sh\n".utf8)) }
    #expect(
      error?.description
        == "test.pvh: is not an ELF file: its first bytes are 23 21 2f 62 69 6e 2f 73, not "
        + "7f 45 4c 46 (file offset 0x0). Name the linked image, an ELF file; `pvh build` makes "
        + "one.")
  }
}
