// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct PackageFilesTests {
  private var files: PackageFiles {
    var files = PackageFiles()
    files.add(.file([1]), at: "lib/x86_64-linux-gnu/libc.so.6")
    files.add(.symbolicLink(to: "libx.so.4.17.0"), at: "usr/lib/x86_64-linux-gnu/libx.so.4")
    files.add(.file([2]), at: "usr/lib/x86_64-linux-gnu/libx.so.4.17.0")
    files.add(.symbolicLink(to: "/lib/x86_64-linux-gnu/../x86_64-linux-gnu/libc.so.6"), at: "up")
    files.add(.symbolicLink(to: "loop"), at: "loop")
    return files
  }

  @Test func followsLinks() {
    #expect(files["usr/lib/x86_64-linux-gnu/libx.so.4"] == [2])
    #expect(files["up"] == [1])
  }

  @Test func takesLibAndUsrLibAsOne() {
    #expect(files["usr/lib/x86_64-linux-gnu/libc.so.6"] == [1])
    #expect(files["lib/x86_64-linux-gnu/libx.so.4"] == [2])
  }

  @Test func endsOnALoop() {
    #expect(files["loop"] == nil)
    #expect(files["absent"] == nil)
  }

  @Test(arguments: [("./a/b", "a/b"), ("/a//b/", "a/b"), ("a/../../b", "b"), ("", "")])
  func normalizes(path: String, result: String) {
    #expect(PackageFiles.normalized(path) == result)
  }
}
