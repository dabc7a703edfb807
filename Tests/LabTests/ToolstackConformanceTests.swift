// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureVerdicts
import Foundation
import Testing

/// The conformance suite for toolstacks, against xl, libvirt and pvh in the lab.
@Suite(.lab, .serialized) struct ToolstackConformanceTests {
  /// All cases but two that take minutes: TS-46 waits for a core dump, TS-48 for guests that do not answer.
  private static let quick =
    "TS-0,TS-1,TS-2,TS-3,TS-40,TS-41,TS-42,TS-43,TS-44,TS-45,TS-47,TS-49,TS-5"

  @Test func xlPasses() throws {
    let result = try PVHCommand([
      "conformance", "toolstack", "--on", "lab", "--only", Self.quick, "--format", "json",
    ]).finish()
    #expect(result.status == 0, "\(result.text) \(result.errors)")
    let report = try JSONDecoder().decode(JSONReport.self, from: result.output)
    #expect(report.planned == 48 && report.cases.count == 48)
    #expect(report.failed == 0 && report.skipped == 0)
    #expect(report.cases.allSatisfy { !$0.statement.isEmpty && !$0.source.isEmpty })
    #expect(report.nearest?.name.hasPrefix("xl-") == true)
  }

  private struct JSONReport: Decodable {
    struct Case: Decodable {
      let id: String
      let statement: String
      let source: String
    }
    struct Nearest: Decodable {
      let name: String
    }

    let planned: Int
    let failed: Int
    let skipped: Int
    let cases: [Case]
    let nearest: Nearest?
  }

  /// What `docs/toolstack-conformance.md` says that its own builder leaves out.
  @Test func pvhPassesButForWhatItLeavesOut() throws {
    let suite = try ToolstackSuite("of-pvh")
    let agent = Checkout.pvh.deletingLastPathComponent().appending(path: "pvh-agent").path
    try suite.lab.copy(Checkout.pvh.path, to: "/root/pvh")
    try suite.lab.copy(agent, to: "/root/pvh-agent")
    let report = try suite.run("PVH=/root/pvh", "pvh only=\(Self.quick)")
    #expect(
      report.ids(.fail) == ["TS-38", "TS-39", "TS-40", "TS-41", "TS-42", "TS-52"],
      "\(report.cases.filter { $0.result == .fail })")
    #expect(report.ids(.skip) == ["TS-27", "TS-45", "TS-49"])
    try suite.expectNothingLeft()
  }

  @Test func libvirtPassesAndStartsWhatIsExported() throws {
    let suite = try ToolstackSuite("of-libvirt")
    try Libvirt().start(in: suite.lab)
    let report = try suite.run("", "libvirt only=TS-0,TS-24,TS-29,TS-38,TS-44,TS-50,TS-51,TS-53")
    #expect(report.ids(.fail).isEmpty, "\(report.cases.filter { $0.result == .fail })")
    #expect(report.cases.count == 16 && report.ids(.skip).isEmpty)

    let folder = try ScratchFolder()
    let image = try folder.file(
      "hello.pvh", Data(contentsOf: URL(filePath: Checkout.example("hello"))))
    let definition = try PVHCommand([
      "export", image, "--format", "libvirt", "--memory", "4", "--name", "hello",
    ]).finish()
    try suite.lab.copy(image, to: "/root/hello.pvh")
    let file = try folder.file(
      "hello.xml",
      Data(definition.text.replacing(image, with: "/root/hello.pvh").utf8))
    try suite.lab.copy(file, to: "/root/hello.xml")
    let transcript = try suite.shell(
      """
      virsh -q define /root/hello.xml && virsh -q start --paused hello
      tty=$(xenstore-read /local/domain/$(virsh domid hello)/console/tty)
      cat $tty & sleep 1; virsh -q resume hello; sleep 3; kill $!
      virsh -q undefine hello; xl list | wc -l
      """)
    #expect(transcript.contains("hello from domain"), "\(transcript)")
    #expect(transcript.hasSuffix("2\n"), "\(transcript)")
    try suite.expectNothingLeft()
  }

  private static let faulty = [
    FaultyXL(
      changes: [
        "s/^memory = 16/memory = 12/", "s/^cmdline = \"first  /cmdline = \"first /",
        "/^cmdline/s/=c t/=d t/", "s/^on_reboot.*/on_reboot = \"destroy\"/",
        "s/^maxvcpus.*/maxvcpus = 2/",
      ],
      after: """
        if [ $1 = create ]; then
          xenstore-chmod $home/name b
          xenstore-chmod $home/console/limit b
          xenstore-rm $home/memory/target
        fi
        """,
      found: ["TS-17", "TS-24", "TS-26", "TS-38", "TS-39", "TS-43", "TS-44", "TS-45", "TS-52"],
      sound: ["TS-01", "TS-28", "TS-40", "TS-42", "TS-53"]),
    FaultyXL(
      before: """
        if [ -n "$module" ]; then
          head -c 4096 "$module" >"$module.cut"
          sed -i '/^ramdisk/s/"$/.cut"/' $file
        fi
        [ $1 != pause ] || exit 0
        """,
      after: """
        [ $1 != destroy ] || xenstore-write /vm/left-$$ ''
        [ "$2" != -w ] || sleep 20
        """,
      found: ["TS-29", "TS-30", "TS-49", "TS-50", "TS-51"], sound: ["TS-33"]),
    FaultyXL(
      changes: ["/^ramdisk/d"],
      before: "[ -z \"$name\" ] || run rename $name $name-old 2>/dev/null",
      after: "[ $1 != create ] || run unpause $name",
      found: ["TS-29", "TS-51", "TS-53"], sound: ["TS-18", "TS-47"]),
  ]

  @Test func eachFlawIsFoundByItsCase() throws {
    let suite = try ToolstackSuite("flaws")
    for (number, xl) in Self.faulty.enumerated() {
      try suite.put(xl.program, at: "/root/\(number)/xl")
      let cases = xl.found.union(xl.sound).sorted().joined(separator: ",")
      let report = try suite.run("PATH=/root/\(number):$PATH", "xl only=\(cases)")
      #expect(Set(report.ids(.fail)) == xl.found, "\(report.cases)")
      #expect(Set(report.ids(.pass)) == xl.sound)
      try suite.shell(
        "for node in $(xenstore-list /vm | grep left); do xenstore-rm /vm/$node; done")
    }
    try suite.expectNothingLeft()
  }

  /// Killed in the middle, it leaves neither domains nor files.
  @Test func aKilledSuiteLeavesNothing() throws {
    let suite = try ToolstackSuite("killed")
    let text = try suite.shell(
      """
      /root/kit/bin/test-toolstack xl only=TS-51 >/dev/null 2>&1 & suite=$!
      looks=0; until xl list | grep -q pausing || [ $looks = 300 ]; do sleep 0.1; looks=$((looks + 1)); done
      xl list | grep -c pausing; kill -9 $suite
      looks=0; while [ $(xl list | wc -l) != 2 ] && [ $looks -lt 600 ]; do sleep 0.1; looks=$((looks + 1)); done
      sleep 6; xl list | wc -l
      """)
    #expect(text == "1\n2\n")
    try suite.expectNothingLeft()
  }
}
