// SPDX-License-Identifier: Apache-2.0

import Foundation
import PVHImage
import Testing

@Suite struct ExplanationTests {
  /// Lines as Xen 4.17 and QEMU 7.2 print them, and the part by which they are known.
  static let lines: [(line: String, part: String)] = [
    (
      "xc: error: panic: xg_dom_core.c:691: xc_dom_find_loader: no loader found: Invalid kernel",
      "no loader found"
    ),
    (
      "libxl: error: libxl_dom.c:537:libxl__build_dom: xc_dom_parse_image failed: Permission denied",
      "xc_dom_parse_image failed"
    ),
    (
      "libxl: error: libxl_dom.c:594:libxl__build_dom: xc_dom_build_image failed: Device or resource busy",
      ": Device or resource busy"
    ),
    (
      "libxl: error: libxl_dom.c:594:libxl__build_dom: xc_dom_build_image failed: Out of memory",
      "xc_dom_build_image failed"
    ),
    (
      "libxl: error: libxl_dom.c:1470:libxl__domain_set_paging_mempool_size: Domain 3:Failed to set "
        + "paging mempool size to 32kB: Cannot allocate memory",
      "Failed to set paging mempool size to "
    ),
    (
      "xc: error: panic: xg_dom_core.c:566: xc_dom_alloc_pad: segment boundary isn't page aligned "
        + "(0xffffffffffffffff): Internal error",
      "segment boundary isn't page aligned (0xffffffffffffffff)"
    ),
    (
      "xc: error: panic: xg_dom_core.c:550: xc_dom_chk_alloc_pages: segment kernel too large "
        + "(0x4 > 0x400 - 0x1000 pages): Out of memory",
      "segment kernel too large"
    ),
    (
      "xc: error: panic: xg_dom_core.c:550: xc_dom_chk_alloc_pages: segment module0 too large "
        + "(0x400 > 0x400 - 0x10 pages): Out of memory",
      " too large"
    ),
    (
      "qemu-system-x86_64: Error loading uncompressed kernel without PVH ELF Note",
      "Error loading uncompressed kernel without PVH ELF Note"
    ),
    (
      "(XEN) [   12.345678] d1v0 Triple fault - invoking HVM shutdown action 3",
      "Triple fault - invoking HVM shutdown action"
    ),
    ("(XEN) Domain 4 (vcpu#0) crashed on cpu#1:", "crashed on cpu"),
  ]

  @Test(arguments: lines)
  func knowsTheLine(line: String, part: String) throws {
    let explanation = try #require(Explanation.of("other\n\(line)\nmore").first)
    #expect(explanation.line == line)
    #expect(explanation.message.parts.last == part)
  }

  @Test(arguments: ["", "hello", "segment", "xc: error: panic"])
  func saysNothingOfOtherText(text: String) {
    #expect(Explanation.of(text).isEmpty)
  }

  @Test func saysEachMessageOnce() {
    let line = "xc_dom_find_loader: no loader found\n"
    #expect(Explanation.of(line + line).count == 1)
  }

  @Test func tellsThatAnErrorNumberIsStale() throws {
    let stale = Explanation.of("libxl__build_dom: xc_dom_parse_image failed: Out of memory").first
    #expect(stale?.hasStaleError == true)
    let other = Explanation.of("qemu: could not load kernel 'x': No such file or directory").first
    #expect(other?.hasStaleError == false)
  }

  @Test func namesTheCauseInTheImage() throws {
    let image = try ELFWriter.wide.with { $0.notes = [.pvhEntry(0x1)] }.read()
    let explanation = try #require(Explanation.of("no loader found").first)
    #expect(explanation.causes(in: image).map(\.rule) == [.entryOutsideImage])
    #expect(explanation.causes(in: try ELFWriter.wide.read()).isEmpty)
  }

  @Test func usesTheRulesOfWhoeverSaysIt() throws {
    let image = try ELFWriter.wide.with { $0.segments[0].alignment = 8 }.read()
    let line = "Error loading uncompressed kernel without PVH ELF Note"
    let explanation = try #require(Explanation.of(line).first)
    #expect(explanation.causes(in: image).map(\.rule) == [.pvhNoteNotForQEMU])
  }

  /// What libxenguest says of an image is explained by what we say of it.
  @Test(arguments: Break.inBothClasses.filter { $0.rule.effect(for: .xl) == .refused })
  func explainsEveryRefusalByItsCause(broken: Break) throws {
    let writer = ELFWriter.wide.with(broken.change)
    let oracle = Oracle(writer.write().bytes, mebibytes: 4)
    let explanation = try #require(Explanation.of(oracle.message).first, "\(oracle.message)")
    let causes = explanation.causes(in: try writer.read()).map(\.rule)
    #expect(causes.contains(broken.rule), "\(oracle.message): \(causes)")
  }

  /// The words stand in the programs, so that a new version which says them otherwise is noticed.
  @Test(arguments: [
    (KnownMessage.Speaker.libxenguest, "/usr/lib/x86_64-linux-gnu/libxenguest.so"),
    (.libxl, "/usr/lib/x86_64-linux-gnu/libxenlight.so"),
    (.libxencall, "/usr/lib/x86_64-linux-gnu/libxencall.so"),
    (.qemu, "/usr/bin/qemu-system-x86_64"),
  ])
  func theWordsAreThoseOfThePrograms(speaker: KnownMessage.Speaker, program: String) throws {
    let bytes = try Data(contentsOf: URL(filePath: program), options: .mappedIfSafe)
    for message in KnownMessage.all where message.speaker == speaker {
      // What a number or name is printed into cannot be found as it is, nor what C's library says.
      for part in message.parts
      where !part.contains("(0x") && !part.contains("segment kernel") && !part.hasPrefix(": ") {
        #expect(bytes.range(of: Data(part.utf8)) != nil, "\(program) does not say \(part)")
      }
    }
  }
}
