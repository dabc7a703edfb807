// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import PVHImage
import Testing

/// Where the result of an edit goes: over files only, whole, and as what was there.
@Suite struct AtomicFileTests {
  private let edit = NoteEdit.add(.symbol("pvh_start"))

  private func image() throws -> EditedFile { try EditedFile(NoteEditTests.withoutNote[0]) }

  @Test func neverReplacesWhatIsNoFile() throws {
    let file = try image()
    let pipe = file.folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    for output in [pipe, "/dev/null", file.folder.path] {
      let error = #expect(throws: EditError.self) {
        try edit.apply(to: file.path, output: output)
      }
      #expect(error?.description.contains("\(output): ") == true)
      #expect(error?.description.hasSuffix(". Name another place: -o FILE") == true)
    }
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(try names(in: file) == ["image", "pipe"])
  }

  @Test func followsALink() throws {
    let file = try image()
    let link = file.folder.path + "/link"
    #expect(symlink("image", link) == 0)
    _ = try edit.apply(to: link, output: link)
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(try file.bytes.count > file.original.count)
    #expect(try names(in: file) == ["image", "link"])
  }

  @Test func takesTheLongestName() throws {
    let file = try image()
    let output = file.folder.path + "/" + String(repeating: "n", count: 255)
    _ = try edit.apply(to: file.path, output: output)
    #expect(try PVHImage(contentsOf: output).entry != nil)
  }

  @Test(.enabled("only root may give files away") { getuid() == 0 })
  func keepsTheOwner() throws {
    let file = try image()
    #expect(chown(file.path, 1234, 1235) == 0)
    _ = try edit.apply(to: file.path, output: file.path)
    var status = stat()
    #expect(stat(file.path, &status) == 0 && status.st_uid == 1234 && status.st_gid == 1235)
  }

  @Test func refusesAProgramForAnOperatingSystem() throws {
    let file = try image()
    let before = try Data(contentsOf: URL(filePath: "/bin/ls"))
    #expect(throws: EditError.self) {
      try NoteEdit.add(.address(0x4000)).apply(to: "/bin/ls", output: file.path)
    }
    #expect(throws: EditError.self) {
      try LongModeEntry(.address(0x4000)).add(to: "/bin/ls", output: file.path)
    }
    #expect(try Data(contentsOf: URL(filePath: "/bin/ls")) == before)
    #expect(try file.bytes == file.original)
  }

  private func names(in file: EditedFile) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: file.folder.path).sorted()
  }
}
