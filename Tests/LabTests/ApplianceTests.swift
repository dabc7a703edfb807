// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// The examples that serve, with the clients that people use, over published ports.
@Suite(.lab, .serialized, .onceOnly) struct ApplianceTests {
  /// Starts an example and waits for a line of its console.
  private func start(
    _ lab: NetworkLab, _ example: String, _ more: [String], until line: String
  ) throws -> PVHCommand {
    let run = try lab.lab.command(
      ["run", Checkout.example(example), "--name", example, "--net"] + more)
    try lab.lab.wait { run.printed.contains(line) }
    return run
  }

  private func end(_ lab: NetworkLab, _ run: PVHCommand, _ name: String) throws {
    #expect(try lab.lab.pvh("shutdown", name).status == 0)
    #expect(run.finish().status == 0, "\(run.printed)")
    try lab.expectNothingLeft()
  }

  private func client(_ words: String...) throws -> PVHCommand.Result {
    try PVHCommand(words, program: URL(filePath: "/usr/bin/env")).finish()
  }

  @Test func curlReadsASite() throws {
    let lab = try NetworkLab("web")
    let site = try ScratchFolder()
    let page = Data((1...40_000).map { "line \($0)\n" }.joined().utf8)
    _ = try site.file("index.html", Data("<h1>Hello</h1>\n".utf8))
    _ = try site.file("lines.txt", page)
    let archive = site.url.appending(path: "site.tar").path
    #expect(
      try client("tar", "-cf", archive, "-C", site.url.path, "index.html", "lines.txt").status == 0)
    let port = try NetworkLab.freePort()
    let run = try start(
      lab, "web", ["--module", archive, "--publish", "\(port):80"], until: "serving 2 files")
    let address = "http://127.0.0.1:\(port)"
    #expect(try client("curl", "-sS", "-m", "590", address + "/").text == "<h1>Hello</h1>\n")
    #expect(
      try client("curl", "-sS", "-m", "590", address + "/lines.txt").text
        == String(decoding: page, as: UTF8.self))
    let part = try client("curl", "-sS", "-m", "590", "-r", "100-199", address + "/lines.txt")
    #expect(part.text == String(decoding: page[100..<200], as: UTF8.self))
    func status(_ words: String...) throws -> String {
      try PVHCommand(
        ["curl", "-sS", "-m", "590", "-o", "/dev/null", "-w", "%{http_code}"] + words,
        program: URL(filePath: "/usr/bin/env")
      ).finish().text
    }
    #expect(try status(address + "/nothing") == "404")
    #expect(try status("-X", "DELETE", address + "/") == "405")
    #expect(try status("-H", "If-None-Match: *", address + "/lines.txt") == "304")
    #expect(try client("curl", "-sS", "-m", "590", address + "/status").text.contains("<svg"))
    try end(lab, run, "web")
  }

  @Test func redisToolsUseTheStore() throws {
    let lab = try NetworkLab("redis")
    let port = "\(try NetworkLab.freePort())"
    let run = try start(
      lab, "redis", ["--memory", "32", "--publish", "\(port):6379"], until: "ready at")
    func ask(_ words: String...) throws -> String {
      try PVHCommand(
        ["redis-cli", "-p", port] + words, program: URL(filePath: "/usr/bin/env")
      ).finish().text
    }
    #expect(try ask("SET", "greeting", "hello") == "OK\n")
    #expect(try ask("GET", "greeting") == "hello\n")
    #expect(try ask("RPUSH", "list", "a", "b", "c") == "3\n")
    #expect(try ask("LRANGE", "list", "0", "-1") == "a\nb\nc\n")
    let benchmark = try client(
      "redis-benchmark", "-p", port, "-t", "set,get,incr,lpush", "-n", "400", "-c", "8", "-P", "4",
      "--csv")
    let rows = benchmark.text.split(separator: "\n").map { $0.split(separator: ",").first ?? "" }
    #expect(
      Set(rows).isSuperset(of: ["\"SET\"", "\"GET\"", "\"INCR\"", "\"LPUSH\""]),
      "\(benchmark.text)\(benchmark.errors)")
    #expect(try ask("GET", "counter:__rand_int__") == "400\n")
    try end(lab, run, "redis")
  }

  @Test func digAsksTheNameServer() throws {
    let lab = try NetworkLab("dns")
    let folder = try ScratchFolder()
    let zone = try folder.file(
      "zone",
      Data(
        """
        $ORIGIN example.org.
        $TTL 300
        @ IN SOA ns hostmaster 1 3600 600 86400 60
        @ NS ns
        ns A 10.0.0.53
        www A 192.0.2.7
        alias CNAME www

        """.utf8))
    let port = "\(try NetworkLab.freePort())"
    let run = try start(
      lab, "dns", ["--module", zone, "--publish", "\(port):53"], until: "answering at")
    func ask(_ words: String...) throws -> String {
      try PVHCommand(
        ["dig", "@127.0.0.1", "-p", port, "+tcp", "+short", "+time=60"] + words,
        program: URL(filePath: "/usr/bin/env")
      ).finish().text
    }
    #expect(try ask("www.example.org") == "192.0.2.7\n")
    #expect(try ask("alias.example.org") == "www.example.org.\n192.0.2.7\n")
    #expect(try ask("example.org", "NS") == "ns.example.org.\n")
    #expect(try ask("nothing.example.org") == "")
    try end(lab, run, "dns")
  }
}
