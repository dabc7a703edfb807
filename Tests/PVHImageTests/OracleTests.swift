// SPDX-License-Identifier: Apache-2.0

import CLoaderOracle
import Foundation
import ImageUnpacking
import PVHImage
import PackingFixture
import Testing
import XenABI

/// We and libxenguest must agree on every image: whether it is refused, and if not, on entry and
/// extent. Where we do not want to, a reason stands in `IntendedDifference`.
@Suite struct OracleTests {
  /// Mutated images to try; more with `PVHKIT_ORACLE_IMAGES`.
  static let count =
    ProcessInfo.processInfo.environment["PVHKIT_ORACLE_IMAGES"].flatMap { Int($0) } ?? 20_000

  @Test(arguments: ELFWriter.seeds.indices)
  func agreesOnGoodImages(index: Int) throws {
    let seed = ELFWriter.seeds[index]
    let bytes = seed.write().bytes
    let oracle = Oracle(bytes, mebibytes: 4)
    #expect(!oracle.isRefusal && !oracle.isFirmware && !oracle.isBroken, "\(oracle.message)")
    try compare(bytes, "seed image")
  }

  @Test(arguments: ELFWriter.seeds.indices)
  func agreesWhateverFieldIsWrong(index: Int) throws {
    let seed = ELFWriter.seeds[index]
    let good = seed.write()
    for field in good.fields(of: seed) {
      for value in MutationTests.values {
        var file = good
        file.put(value, width: field.width, at: field.offset)
        try compare(file.bytes, "\(field) = \(value)")
      }
    }
  }

  @Test(arguments: ELFWriter.seeds.indices)
  func agreesOnEveryTruncationOfTheHeaders(index: Int) throws {
    let seed = ELFWriter.seeds[index]
    let whole = seed.write().bytes
    for length in 1..<0x260 { try compare(Array(whole.prefix(length)), "\(length) bytes") }
    for length in whole.count - 300..<whole.count {
      try compare(Array(whole.prefix(length)), "\(length) bytes")
    }
  }

  /// With 0 bytes in the file nothing is lost.
  @Test(arguments: ELFWriter.both, [0, 0x100] as [UInt64])
  func agreesOnSegmentsWithoutFlags(writer: ELFWriter, fileSize: UInt64) throws {
    let bytes = writer.with { writer in
      writer.segments[2].flags = 0
      writer.segments[2].fileSize = fileSize
    }.write().bytes
    #expect(!Oracle(bytes, mebibytes: 4).isRefusal)
    #expect(try read(bytes).boots(with: .xl) == (fileSize == 0))
    try compare(bytes, "\(fileSize) bytes without flags")
  }

  /// What is in a gzip file can be firmware, what is in a boot image cannot.
  @Test(arguments: ELFWriter.both, ["as it is", "gzip", "boot image"])
  func agreesOnWhatStartsLikeFirmware(writer: ELFWriter, packing: String) throws {
    var bytes = writer.with { $0.segments[0].fileSize = 0 }.write().bytes
    if packing != "as it is" { bytes = Packer.pack(bytes, .gzip) }
    if packing == "boot image" { bytes = Self.bootImage(bytes) }
    let message = try #require(read(bytes).problems().first?.message)
    #expect(
      message.contains("like firmware at 0x100000") == Oracle(bytes, mebibytes: 4).isFirmware,
      "\(message)")
  }

  /// The fields of Linux's boot protocol that lead to the packed kernel, and the kernel.
  private static func bootImage(_ payload: [UInt8]) -> [UInt8] {
    var start = [UInt8](repeating: 0, count: 5 * 512)
    start[0x1f1] = 4
    start.replaceSubrange(0x202..<0x208, with: Array("HdrS".utf8) + [0x0f, 0x02])
    start.replaceSubrange(0x24c..<0x250, with: littleEndian(UInt64(payload.count), 4))
    return start + payload
  }

  @Test(arguments: 0..<4)
  func agreesOnMutatedImages(part: Int) throws {
    let seed = TestRandom.seed(part)
    var random = TestRandom(state: seed)
    var refused = 0
    for _ in 0..<Self.count / 4 {
      let writer = ELFWriter.seeds[Int.random(in: 0..<ELFWriter.seeds.count, using: &random)]
      var file = writer.write()
      let fields = file.fields(of: writer)
      var changes: [String] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let field = fields[Int.random(in: 0..<fields.count, using: &random)]
        changes.append("\(field.offset) = \(file.mutate(field, using: &random))")
      }
      let image = writer.isWide ? "64-bit" : "32-bit"
      refused += try compare(file.bytes, "\(image), \(changes), random seed \(seed)") ? 1 : 0
    }
    // Mutations that are all fatal, or none, would test nothing.
    #expect((Self.count / 40..<Self.count / 4).contains(refused))
  }

  @Test(arguments: ELFWriter.seeds.indices)
  func agreesOnGzippedImages(index: Int) throws {
    let good = Packer.pack(ELFWriter.seeds[index].write().bytes, .gzip)
    try compare(good, "gzip-ed")
    let tails: [[UInt8]] = [
      [0], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0x7f], [0, 0x20, 0, 0], [0, 0x40, 0, 0],
    ]
    for tail in tails {
      try compare(good + tail, "gzip-ed, with \(tail) behind it")
    }
    let seed = TestRandom.seed(index)
    var random = TestRandom(state: seed)
    for _ in 0..<300 {
      var bytes = good
      bytes[Int.random(in: 2..<bytes.count, using: &random)] = UInt8.random(
        in: 0...255, using: &random)
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 1..<bytes.count - 2, using: &random))
      }
      try compare(bytes, "gzip-ed, random seed \(seed)")
    }
  }

  /// Files named in `PVHKIT_ORACLE_FILES`, one a line.
  static let files =
    ProcessInfo.processInfo.environment["PVHKIT_ORACLE_FILES"]?.split(separator: "\n").map(
      String.init)
    ?? ["/bin/sh"]

  @Test(arguments: files)
  func agreesOnFiles(path: String) throws {
    try compare(Array(try Data(contentsOf: URL(filePath: path))), path, mebibytes: 512)
  }

  /// Compares the two verdicts; true if libxenguest refuses the image.
  @discardableResult
  private func compare(_ bytes: [UInt8], _ what: String, mebibytes: Int = 4) throws -> Bool {
    let oracle = Oracle(bytes, mebibytes: mebibytes)
    let ours = try OurVerdict(bytes, mebibytes: mebibytes)
    if let difference = difference(ours, oracle),
      !IntendedDifference.all.contains(where: { $0.applies(ours, oracle) })
    {
      Issue.record("\(what): \(difference); ours: \(ours.findings), theirs: \(oracle.message)")
    }
    return oracle.isRefusal
  }

  private func difference(_ ours: OurVerdict, _ oracle: Oracle) -> String? {
    guard ours.isRefusal == oracle.isRefusal else {
      return oracle.isRefusal ? "only libxenguest refuses" : "only we refuse"
    }
    guard !oracle.isRefusal, let image = ours.image else { return nil }
    guard !oracle.isFirmware else { return "it starts like firmware" }
    guard image.entry?.address.rawValue == oracle.verdict.entry else {
      return "its entry is \(oracle.verdict.entry)"
    }
    guard image.extent?.start.rawValue == oracle.verdict.start,
      image.extent?.end.rawValue == oracle.verdict.end
    else { return "its extent is \(oracle.verdict.start)..<\(oracle.verdict.end)" }
    let misbehaves = ours.findings.contains { $0.effect == .misbehaves }
    return oracle.isBroken && !misbehaves ? "only libxenguest is out of range" : nil
  }
}

extension ELFWriter {
  /// Images that boot, each in a way of its own.
  static let seeds: [ELFWriter] =
    TruncationTests.withSections
    + both.flatMap { writer in
      [
        // The note in a section only.
        writer.with { writer in
          writer.segments.removeFirst()
          writer.sections = [.notes([.buildID, .pvhEntry(0x10_0010)], at: 0x2100)]
        },
        // The note behind those of a PV guest and of others.
        writer.with { writer in
          writer.notes = [
            .string(6, "linux"), .buildID, .string(10, "!writable_page_tables|dom0"),
            TestNote(type: 3, descriptor: littleEndian(0x10_0000, 8)),
            TestNote(type: 4, descriptor: littleEndian(0, 8)), .pvhEntry(0x10_0010),
          ]
          writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
        },
      ]
    }
}

extension ByteWriter {
  /// Puts a number that is likely to be one too many somewhere.
  mutating func mutate(_ field: HeaderField, using random: inout TestRandom) -> UInt64 {
    let old = bytes[field.offset..<field.offset + field.width].reversed()
      .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let value =
      switch Int.random(in: 0..<7, using: &random) {
      case 0: MutationTests.values.randomElement(using: &random) ?? 0
      case 1: old &+ 1
      case 2: old &- 1
      case 3: old ^ 1 << UInt64.random(in: 0..<UInt64(8 * field.width), using: &random)
      case 4: UInt64.random(in: 0..<24, using: &random)
      case 5: UInt64.random(in: 0...UInt64(bytes.count), using: &random)
      default: 0x10_0000 &+ UInt64.random(in: 0...0x6000, using: &random)
      }
    put(value, width: field.width, at: field.offset)
    return value
  }
}
