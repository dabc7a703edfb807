// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Domains from configurations, in a lab that stays up.
@Suite(.lab, .serialized) struct ConfigurationFiles {
  private let labs = try? StandingLabs()
  private let folder = try? ScratchFolder()

  @Test func aFileOfXLMakesItsDomain() throws {
    let labs = try started()
    try link("hello.pvh", Checkout.example("hello"))
    try write(
      "hello.cfg",
      """
      name = "hello"
      type = "pvh"
      kernel = "hello.pvh"
      memory = 4
      vcpus = 1
      disk = []
      on_crash = "preserve"
      """)
    let created = try pvh("create", "hello.cfg", "--paused")
    #expect(created.status == 0, "\(created.errors)")
    let number = created.text.trimmingCharacters(in: .newlines)
    #expect(try pvh("list").text.contains("hello  paused"))
    let list = try labs.pvh("lab", "exec", "configurations", "--", "xl", "list", "hello").text
    let words = list.split(separator: "\n").last?.split(separator: " ").prefix(4).map(String.init)
    #expect(words == ["hello", number, "4", "1"], "\(list)")
    // Options come first.
    let second = try pvh("create", "hello.cfg", "--name", "second", "--memory", "512K")
    #expect(second.status == 0, "\(second.errors)")
    #expect(try pvh("wait", "second").status == 0)
    let taken = try pvh("create", "hello.cfg")
    #expect(taken.status == 125)
    #expect(taken.errors.contains("named \"hello\" already"))
    try write("bad.cfg", "type = \"pvh\"\nkernel = \"hello.pvh\"\nacpi = 1\n")
    let bad = try pvh("create", "bad.cfg")
    #expect(bad.status == 64)
    #expect(bad.errors.contains("pvh: bad.cfg:3: acpi is not a setting that pvh understands"))
    #expect(try pvh("list", "--quiet").text.split(separator: "\n").count == 2)
  }

  @Test func aFileInJSONIsRun() throws {
    _ = try started()
    try write("module", "module\n")
    try link("arguments.pvh", Checkout.guest("arguments"))
    try write(
      "arguments.json",
      """
      {
        "image": "arguments.pvh",
        "commandLine": "of the file",
        "modules": ["module"],
        "memory": "2M",
        "loader": "libxl"
      }
      """)
    let result = try pvh("run", "arguments.json", "--verbose")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text.hasPrefix("command line: of the file\nmodule: 7 bytes"))
    #expect(result.errors.contains("2048 KiB, paused"))
    let other = try pvh("run", "arguments.json", "--cmdline", "mine", "--loader", "xenguest")
    #expect(other.text.hasPrefix("command line: mine\nmodule: 7 bytes"), "\(other.errors)")
  }

  @Test func theCommandLineIsThatOfXL() throws {
    let labs = try started()
    try link("arguments.pvh", Checkout.guest("arguments"))
    let text = """
      name = "x"
      type = "pvh"
      kernel = "arguments.pvh"
      memory = 4
      root = '/dev/"x"'
      extra = "a\\\\b \\t"
      extra += " c"

      """
    try write("x.cfg", text)
    let xl = try labs.pvh(
      "lab", "exec", "configurations", "--", "sh", "-c", "cat > /x.cfg; xl create -n /x.cfg",
      input: text)
    let json = try #require(
      xl.text.firstIndex(of: "{").map { Data(xl.text[$0...].utf8) }, "xl says: \(xl.errors)")
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let line = try #require((object["b_info"] as? [String: Any])?["cmdline"] as? String)
    #expect(line == "root=/dev/\"x\" a\\b \t c")
    let run = try pvh("run", "x.cfg")
    #expect(run.text == "command line: \(line)\n", "\(run.errors)")
  }

  @Test(arguments: ["xl", "json"])
  func whatIsExportedMakesTheSameDomain(format: String) throws {
    _ = try started()
    let image = Checkout.guest("arguments")
    let options = ["--name", "x", "--memory", "3", "--vcpus", "2", "--cmdline", "a 'b' \"c\""]
    let export = try PVHCommand(["export", image, "--format", format] + options).finish()
    #expect(export.status == 0, "\(export.errors)")
    try write("exported", export.text)
    let plan = try pvh("create", "exported", "--dry-run")
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.text.contains("make its 2 vCPUs"))
    #expect(plan.text == (try pvh(["create", image, "--dry-run"] + options)).text)
  }

  /// The labs, with one started for this test.
  private func started() throws -> StandingLabs {
    let labs = try #require(labs)
    try labs.start("configurations")
    return labs
  }

  private func write(_ name: String, _ text: String) throws {
    _ = try #require(folder).file(name, Data(text.utf8))
  }

  private func link(_ name: String, _ target: String) throws {
    let path = try #require(folder).url.appending(path: name).path
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  private func pvh(_ words: String...) throws -> PVHCommand.Result { try pvh(words) }

  /// Runs a command in the folder of the files.
  private func pvh(_ words: [String]) throws -> PVHCommand.Result {
    try #require(labs).command(
      words + ["--on", "lab:configurations"], folder: try #require(folder).url
    ).finish()
  }
}
