// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing

/// `pvh export`: what it prints is taken by those for whom it is.
@Suite(.lab) struct Exports {
  private static let awkward = "one \"two\" 'three' \\four\\ <&>"

  @Test func xlTakesTheConfiguration() throws {
    let image = Checkout.guest("arguments")
    let result = try PVHCommand("export", image, "--format", "xl", "--cmdline", Self.awkward)
      .finish()
    #expect(result.status == 0, "\(result.errors)")
    // The lab's control domain does not have the image; xl -n does not look at it.
    let lab = try LabConversation()
    let output = try lab.client.execute(
      ["sh", "-c", "cat > /tmp/a.cfg <<'END'\n\(result.text)END\nxl create -n /tmp/a.cfg 2>&1"])
    let text = String(decoding: output.standardOutput, as: UTF8.self)
    let json = try #require(
      text.firstIndex(of: "{").map { Data(text[$0...].utf8) }, "xl says: \(text)")
    let object = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
    let build = try #require(object["b_info"] as? [String: Any])
    #expect(build["kernel"] as? String == image)
    #expect(build["cmdline"] as? String == Self.awkward)
    #expect(build["max_memkb"] as? Int == 4096)
    #expect((object["c_info"] as? [String: Any])?["name"] as? String == "arguments")
  }

  @Test func qemuRunsTheCommand() throws {
    let kernel = try ForeignKernel(ForeignKernel.debugPort)
    let note = try PVHCommand("note", "add", kernel.path, "--entry", "_start").finish()
    #expect(note.status == 0, "\(note.errors)")
    let export = try PVHCommand("export", kernel.path, "--format", "qemu", "--memory", "16")
      .finish()
    #expect(export.status == 0, "\(export.errors)")
    // Nobody has KVM without one of these.
    let flags = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8).split(separator: " ")
    let canUseKVM = flags.contains("svm") || flags.contains("vmx")
    #expect(export.text.contains(canUseKVM ? "accel=kvm:tcg " : "accel=tcg "))
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    let command = export.text.filter { !$0.isNewline }
    shell.arguments = ["-c", "\(command) -nodefaults -serial null -debugcon stdio < /dev/null"]
    let output = Pipe()
    shell.standardOutput = output
    try shell.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    shell.waitUntilExit()
    #expect(String(decoding: bytes, as: UTF8.self).contains("pvh\n"))
  }

  @Test func whatQEMUDoesNotBootIsRefused() throws {
    let result = try PVHCommand("export", Checkout.guest("arguments"), "--format", "qemu").finish()
    #expect(result.status == 126)
    #expect(result.errors.contains("firmware takes"))
  }

  @Test(.enabled("needs libvirt's schemas and xmllint") { Self.schema != nil })
  func libvirtTakesTheDocument() throws {
    let folder = try ScratchFolder()
    let result = try PVHCommand(
      "export", Checkout.guest("arguments"), "--format", "libvirt", "--cmdline", Self.awkward,
      "--tsc", "native"
    ).finish()
    #expect(result.text.contains("<timer name='tsc' mode='native'/>"), "\(result.text)")
    let document = try folder.file("domain.xml", result.output)
    let lint = Process()
    lint.executableURL = URL(filePath: "/usr/bin/xmllint")
    lint.arguments = ["--noout", "--relaxng", Self.schema ?? "", document]
    try lint.run()
    lint.waitUntilExit()
    #expect(lint.terminationStatus == 0, "\(result.text)")
  }

  private static var schema: String? {
    let path = "/usr/share/libvirt/schemas/domain.rng"
    let files = [path, "/usr/bin/xmllint"]
    return files.allSatisfy(FileManager.default.fileExists) ? path : nil
  }
}
