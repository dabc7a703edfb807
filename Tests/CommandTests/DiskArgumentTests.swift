// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Disks on the command line and in configurations, as far as it takes no Xen to judge them.
@Suite(.command) struct DiskArguments {
  private let folder: ScratchFolder
  private let hello = Checkout.example("hello")

  init() throws { folder = try ScratchFolder() }

  @Test(arguments: [
    ("a.img,xvdz", "\"xvdz\" cannot be there"), (",ro", "names no file"),
  ])
  func wrongOnesAreRefused(disk: String, words: String) throws {
    let result = try run([hello, "--disk", disk])
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func twoOfOneNameAreRefused() throws {
    let result = try run([hello, "--disk", "a,xvdb", "--disk", "b,51728"])
    #expect(result.status == 64)
    #expect(
      result.errors.contains("--disk: a and b are both to be xvdb: give one another name"),
      "\(result.errors)")
  }

  @Test func aFileThatIsNotThereIsSaidBeforeALabIsStarted() throws {
    let result = try run([hello, "--on", "lab", "--disk", "/none.img"])
    #expect(result.status == 64)
    #expect(result.errors.contains("the disk /none.img cannot be read: "), "\(result.errors)")
  }

  @Test(arguments: [
    (["create", "--on", "lab"], "comes back from a lab when pvh run ends; leave out rw"),
    (["run", "--detach", "--on", "lab"], "comes back from a lab when pvh run ends; leave out rw"),
  ])
  func whatStaysReturnsNothing(words: [String], refusal: String) throws {
    let disk = try folder.file("d.img", Data(count: 512))
    let result = try PVHCommand([words[0], hello] + words.dropFirst() + ["--disk", disk + ",rw"])
      .finish()
    #expect(result.status == 64)
    #expect(result.errors.contains(refusal), "\(result.errors)")
  }

  @Test func behindSSHAPathIsAbsolute() throws {
    let result = try run([hello, "--on", "ssh://nowhere.invalid", "--disk", "d.img"])
    #expect(result.status == 64)
    #expect(result.errors.contains("give it an absolute path there"), "\(result.errors)")
  }

  @Test func qemuHasNone() throws {
    let disk = try folder.file("d.img", Data(count: 512))
    let result = try run([hello, "--on", "qemu", "--disk", disk])
    #expect(result.status == 64)
    #expect(result.errors.contains("run it under Xen: --on lab"), "\(result.errors)")
  }

  @Test(arguments: [
    (#"[{"file":"a","name":"hda"}]"#, "the disk's name \"hda\" is not usable"),
    (#"[{"file":"a","access":"x"}]"#, #"disks has to be "ro" or "rw""#),
    (#"[{"name":"xvda"}]"#, "disks has an element without a \"file\""),
    (#"[{"file":"a","size":1}]"#, "disks has an element with \"size\""),
    (#""a""#, "disks has to be an array"),
    (#"["a"]"#, "disks has to be an array of objects"),
  ])
  func wrongConfigurationsAreRefused(disks: String, words: String) throws {
    let file = try folder.file("x.json", Data(#"{"image":"\#(hello)","disks":\#(disks)}"#.utf8))
    let result = try run([file])
    #expect(result.status == 64)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func areExported() throws {
    let disk = try folder.file("d & e.img", Data(count: 512))
    let other = try folder.file("b.img", Data(count: 512))
    func export(_ source: String, _ format: String, _ more: [String] = []) throws -> String {
      let result = try PVHCommand(["export", source, "--format", format] + more).finish()
      #expect(result.status == 0, "\(result.errors)")
      return result.text
    }
    let disks = ["--disk", "\(disk),xvdc,ro", "--disk", other]
    let xl = try export(hello, "xl", disks)
    #expect(
      xl.contains(
        """
        disk = [ "format=raw,vdev=xvdc,access=ro,target=\(disk)", \
        "format=raw,vdev=xvda,access=rw,target=\(other)" ]

        """), "\(xl)")
    let libvirt = try export(hello, "libvirt", disks)
    let escaped = disk.replacing("&", with: "&amp;")
    #expect(libvirt.contains("      <source file='\(escaped)'/>\n"), "\(libvirt)")
    #expect(libvirt.contains("      <target dev='xvdc' bus='xen'/>\n      <readonly/>\n"))
    // Both are taken back, and say the same.
    let json = try export(hello, "json", disks)
    for text in [xl, json] {
      let file = try folder.file("again", Data(text.utf8))
      #expect(try export(file, "xl") == xl)
    }
  }

  @Test func aGuestThatNeedsADiskIsNotRunWithoutOne() throws {
    #expect(try PVHCommand(["new", "web"], folder: folder.url).finish().status == 0)
    _ = try folder.file("web/pvh.json", Data(#"{"web":{"devices":["disk"]}}"#.utf8))
    let result = try PVHCommand(
      [
        "run", "--package-path", folder.url.path + "/web", "--on", "lab", "--scratch-path",
        Checkout.guestBuilds.path,
      ]
    ).finish()
    #expect(result.status == 126)
    #expect(result.errors.contains("needs a disk; give it one: --disk FILE"), "\(result.errors)")
  }

  private func run(_ words: [String]) throws -> PVHCommand.Result {
    try PVHCommand(["run"] + words).finish()
  }
}
