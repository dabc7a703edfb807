// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Configurations in place of an image, as far as it takes no Xen to judge them.
@Suite(.command) struct Configurations {
  private static let least = "type = \"pvh\"\nkernel = \"k.pvh\"\n"

  @Test(arguments: [
    ("type = \"hvm\"\n", "x.cfg:1: type is \"hvm\": pvh makes PVH domains"),
    ("kernel = \"k\"\n", "add type = \"pvh\""),
    (least + "acpi = 1\ncpus = \"2\"\n", "x.cfg:3: acpi is not a setting that pvh understands"),
    (
      least + "pci = [ '01:00.0' ]\n",
      "such domains have disks and network interfaces only, use xl"
    ),
    (least + "memory = 16 MB\n", "x.cfg breaks the rules of xl's configurations"),
    (least + "memory = 16 MB\n", "| x.cfg:3: config parsing error near `MB'"),
    (#"{"image":"k","memry":"4M"}"#, "x.cfg: memry is unknown: there are name, image, modules,"),
    (#"{"image":"k","memory":4}"#, "x.cfg: memory has to be a string such as \"16M\""),
    (
      #"{"image":"k","memory":"3K"}"#, "x.cfg: memory is \"3K\": memory must be a multiple of 4 KiB"
    ),
    (#"{"image":""}"#, "x.cfg: image is empty: it has to be the name of a file"),
    ("type = \"pvh\"\nkernel = \"\"\n", "x.cfg: the image's name is empty"),
    (#"{"image":"k","vcpus":129}"#, "x.cfg: vcpus has to be a number from 1 to 128"),
    (#"{"image":"k","loader":"xl"}"#, #"x.cfg: loader has to be "libxl" or "xenguest""#),
    (#"{"image":"k","modules":"a"}"#, "x.cfg: modules has to be an array of strings"),
    (#"{"image":"k","restart":"always"}"#, "wants its guest to be started again (always)"),
    (#"{"image":"a\u0000b"}"#, "x.cfg: image has to be a string without NUL"),
    ("{}", "x.cfg names no image: add \"image\": \"FILE\""),
    ("\n {\n \"image\": \"k\",\n \"vcpus\": 1.5\n}", "x.cfg:4:12: a number with a fraction"),
    ("{\"image\":\"k\"", "x.cfg:1:13: the text ends before the value does"),
  ])
  func wrongOnesAreRefused(text: String, words: String) throws {
    try expectRefusal(text, status: 64, words)
  }

  @Test(arguments: [
    ("hello\n", "x.cfg is a text, but no configuration: one in JSON is an object and begins"),
    ("[]", "x.cfg is a text, but no configuration: one in JSON is an object and begins"),
    (#"[{"cmdline":"a=b"}]"#, "x.cfg is a text, but no configuration: one in JSON is an object"),
    ("\u{feff}" + least, "x.cfg begins with a byte-order mark, and a configuration has none"),
    (String(repeating: "a = 1\n", count: 20_000), "x.cfg is a text of more than 65536 bytes"),
    (least + "\0", "x.cfg begins as a text, but has byte 0x0 at offset 30"),
  ])
  func textsThatAreNoConfigurationsAreRefused(text: String, words: String) throws {
    try expectRefusal(text, status: 126, words)
  }

  @Test(arguments: [
    Data([1, 2, 3, 0x3d]), Data([0x1f, 0x8b, 0x3d]), Data("a = 1\n\0".utf8), Data(),
  ])
  func whatIsNoTextIsTakenForAnImage(content: Data) throws {
    let folder = try ScratchFolder()
    let result = try PVHCommand("run", try folder.file("x.cfg", content), "--on", "qemu").finish()
    #expect(result.status == 126)
    #expect(result.errors.hasPrefix("pvh: "))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test(arguments: [least, #"{"image":"k.pvh"}"#])
  func theImageIsMissing(text: String) throws {
    let result = try run(text)
    #expect(result.status == 126)
    #expect(result.errors.contains("k.pvh: no such file"))
  }

  @Test func noLabIsStartedForAWrongOne() throws {
    let folder = try ScratchFolder()
    _ = try folder.file("x.cfg", Data("type = \"pvh\"\nacpi = 1\n".utf8))
    let runtime = try ScratchFolder()
    let result = try PVHCommand(
      ["create", "x.cfg", "--on", "lab"], environment: ["XDG_RUNTIME_DIR": runtime.url.path],
      folder: folder.url
    ).finish()
    #expect(result.status == 64)
    #expect(result.errors.hasPrefix("pvh: x.cfg:2: acpi is not a setting"), "\(result.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: runtime.url.path).isEmpty)
  }

  @Test(arguments: ["xl", "json"])
  func whatIsExportedIsTakenBack(format: String) throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data("module\n\0".utf8))
    // Prints command line and module, and whether there are 8 MiB.
    let kernel = try ForeignKernel(
      ForeignKernel.onPC(
        """
        mov 24(%ebx), %esi; call print; mov 16(%ebx), %edi; mov (%edi), %esi; call print
            mov 40(%ebx), %edi; cmpl $0x700000, 32(%edi); jne switch_off
            mov $line, %esi; call print; jmp switch_off
        """))
    let line = #"one "two" 'three' \four\ é "#
    let export = try PVHCommand(
      "export", kernel.path, "--format", format, "--cmdline", line, "--module", module,
      "--memory", "8"
    ).finish()
    #expect(export.status == 0, "\(export.errors)")
    // The name says nothing.
    let file = try folder.file("web.pvh", export.output)
    let result = try PVHCommand("run", file, "--on", "qemu").finish()
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.text == "\(line)module\nhello from a PC\n")
    let other = try PVHCommand("run", file, "--on", "qemu", "--memory", "9", "--cmdline", "mine ")
      .finish()
    #expect(other.text == "mine module\n", "\(other.errors)")
  }

  @Test(arguments: ["options", "json"])
  func severalModulesArriveInTheirOrder(way: String) throws {
    let folder = try ScratchFolder()
    let first = try folder.file("first", Data("first\0".utf8) + Data(count: 5000))
    let second = try folder.file("second", Data("second\n\0".utf8))
    let kernel = try ForeignKernel(
      ForeignKernel.onPC(
        """
        mov 16(%ebx), %edi; mov (%edi), %esi; call print; mov 32(%edi), %esi; call print
            cmpl $2, 12(%ebx); jne switch_off; mov $line, %esi; call print; jmp switch_off
        """))
    let modules = ["--module", first, "--module", second]
    let json = try PVHCommand(["export", kernel.path, "--format", "json"] + modules).finish()
    let file = try folder.file("x", json.output)
    let run = try PVHCommand(
      ["run"] + (way == "json" ? [file] : [kernel.path] + modules) + ["--on", "qemu"]
    ).finish()
    #expect(run.text == "firstsecond\nhello from a PC\n", "\(run.errors)")
  }

  @Test(arguments: [
    ("vmlinuz-6.1.0-56-amd64", "vmlinuz-6.1.0-56-amd64"), ("web.pvh", "web"),
    ("web.elf.gz", "web"), ("web-1.2", "web-1.2"), (".pvh", "pvh"),
    ("my image (1).pvh", "my-image-1"), ("12.pvh", "guest-12"), ("-.pvh", "guest"),
  ])
  func aNameMadeFromAFilesKeepsWhatIsNoEnding(file: String, name: String) throws {
    let folder = try ScratchFolder()
    let image = try folder.file(
      file, try Data(contentsOf: URL(filePath: Checkout.example("hello"))))
    let result = try PVHCommand("export", image, "--format", "xl").finish()
    #expect(result.text.hasPrefix("name = \"\(name)\"\n"), "\(result.text)\(result.errors)")
  }

  @Test(arguments: ["json", "xl"]) func anExportTakesAConfiguration(way: String) throws {
    let folder = try ScratchFolder()
    let hello = Checkout.example("hello")
    let text =
      way == "json"
      ? #"{"image": "\#(hello)", "memory": "3M", "timestampCounter": "native", "name": "mine"}"#
      : "type = \"pvh\"\nkernel = \"\(hello)\"\nmemory = 3\ntsc_mode = \"native\"\nname = \"mine\"\n"
    let file = try folder.file("domain", Data(text.utf8))
    let result = try PVHCommand("export", file, "--format", "xl", "--vcpus", "2").finish()
    #expect(result.status == 0, "\(result.errors)")
    for line in ["name = \"mine\"", "memory = 3", "vcpus = 2", "tsc_mode = \"native\""] {
      #expect(result.text.contains("\(line)\n"), "\(result.text)")
    }
  }

  /// An export starts nothing, and loses nothing that the other launcher has a word for.
  @Test(arguments: [
    ("no", "xl", ["on_crash = \"destroy\"", "on_reboot = \"destroy\"", "tsc_mode = \"default\""]),
    ("on-crash", "xl", ["on_crash = \"restart\"", "on_reboot = \"restart\""]),
    ("always", "xl", ["on_poweroff = \"restart\"", "on_crash = \"restart\""]),
    ("no", "libvirt", ["  <on_poweroff>destroy</on_poweroff>", "  <on_crash>destroy</on_crash>"]),
    (
      "on-crash", "libvirt",
      ["  <on_poweroff>destroy</on_poweroff>", "  <on_crash>restart</on_crash>"]
    ),
    (
      "always", "libvirt",
      ["  <on_poweroff>restart</on_poweroff>", "  <on_crash>restart</on_crash>"]
    ),
    ("no", "json", ["  \"loader\" : \"libxl\",", "  \"timestampCounter\" : \"default\","]),
    ("always", "json", ["  \"restart\" : \"always\","]),
  ])
  func whatComesAtTheEndIsExported(restart: String, format: String, lines: [String]) throws {
    let folder = try ScratchFolder()
    let text = """
      {"image": "\(Checkout.example("hello"))", "restart": "\(restart)", "loader": "libxl",
       "timestampCounter": "default"}
      """
    let file = try folder.file("domain", Data(text.utf8))
    let result = try PVHCommand("export", file, "--format", format).finish()
    #expect(result.status == 0, "\(result.errors)")
    for line in lines { #expect(result.text.contains("\(line)\n"), "\(result.text)") }
  }

  @Test func libxlAndOthersTakeOneModule() throws {
    let folder = try ScratchFolder()
    let module = try folder.file("module", Data([1]))
    let hello = Checkout.example("hello")
    let modules = ["--module", module, "--module", module]
    let run = try PVHCommand(["run", hello, "--loader", "libxl"] + modules).finish()
    #expect(run.status == 64)
    #expect(run.errors.contains("2 modules: libxl gives a domain one"))
    let export = try PVHCommand(["export", hello, "--format", "xl"] + modules).finish()
    #expect(export.status == 64)
    #expect(export.errors.contains("2 modules: a domain of xl gets one"))
  }

  @Test func anExportHasNoTimeLimit() throws {
    let result = try PVHCommand("export", "x", "--format", "xl", "--timeout", "1").finish()
    #expect(result.status == 64)
    #expect(result.errors.contains("--timeout"))
  }

  private func expectRefusal(_ text: String, status: Int32, _ words: String) throws {
    let result = try run(text)
    #expect(result.status == status)
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.contains("pvh: x.cfg"))
    #expect(result.output.isEmpty)
  }

  private func run(_ text: String) throws -> PVHCommand.Result {
    let folder = try ScratchFolder()
    _ = try folder.file("x.cfg", Data(text.utf8))
    return try PVHCommand(["run", "x.cfg", "--on", "qemu"], folder: folder.url).finish()
  }
}
