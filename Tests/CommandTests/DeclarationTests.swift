// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A `pvh.json` that no domain can satisfy: refused before anything is built.
@Suite(.command) struct Declarations {
  @Test(arguments: [
    (#"{"memory":{"least":"8M","wished":"2M"}}"#, "memory: wished (2 MiB) is less than least"),
    (#"{"vcpus":0}"#, "vcpus: 0 virtual CPUs: a domain has 1 to 128"),
    (#"{"commandLine":"a\u0000b"}"#, "commandLine: the command line contains a zero byte"),
    (#"{"stack":"8K"}"#, "stack: 8 KiB is not from 16K to 512M"),
    (#"{"devices":["console","screen"]}"#, "devices: \"screen\" is unknown; there are console"),
  ])
  func impossibleOnesAreRefused(declaration: String, words: String) throws {
    let folder = try ScratchFolder()
    #expect(try PVHCommand(["new", "web"], folder: folder.url).finish().status == 0)
    let file = try folder.file("web/pvh.json", Data(#"{"web":\#(declaration)}"#.utf8))
    let path = folder.url.path + "/web"
    let result = try PVHCommand("build", "--package-path", path).finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("\(file): web.\(words)"), "\(result.errors)")
  }
}
