// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// The stricter rules for images that this project's linker script makes.
@Suite struct BuiltTests {
  static let linked = ELFWriter.both.map { writer in
    writer.with { $0.symbols = [.entry, .undefined("maybe", info: 0x20)] }
  }

  @Test(arguments: linked)
  func acceptsAnImageAsLinked(writer: ELFWriter) throws {
    let image = try writer.read(symbols: true)
    #expect(image.validateBuilt().isEmpty)
    guard case .read(let table) = image.symbols else {
      Issue.record("symbols: \(image.symbols)")
      return
    }
    #expect(table.count == 3)
    #expect(table.entryName == "pvh_start")
  }

  @Test func acceptsAStrippedImage() throws {
    let image = try ELFWriter.wide.read(symbols: true)
    #expect(image.symbols == .absent)
    #expect(image.validateBuilt().isEmpty)
  }

  @Test func asksForTheSymbols() throws {
    let image = try ELFWriter.wide.read()
    #expect(image.validateBuilt().map(\.rule) == [.symbolsNotRead])
  }

  @Test(arguments: linked, Break.ofTheLinker)
  func namesTheRuleBroken(writer: ELFWriter, broken: Break) throws {
    let image = try writer.with(broken.change).read(symbols: true)
    let findings = image.validateBuilt()
    #expect(findings.map(\.rule) == [broken.rule], "\(findings)")
  }

  @Test func acceptsTheNameOfTheRuntimeBehindTheEntry() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes.append(.string(6, "PVHKit"))
      writer.segments[0].fileSize = 20 + 24
    }.read(symbols: true)
    #expect(image.notes.count == 2)
    #expect(image.validateBuilt().isEmpty, "\(image.validateBuilt())")
  }

  @Test func acceptsAForeignNoteInItsOwnSegment() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes.append(.buildID)
      writer.segments.insert(
        TestSegment(type: 4, flags: 4, offset: 0x214, address: 0, fileSize: 24, memorySize: 24),
        at: 1)
    }.read(symbols: true)
    #expect(image.notes.count == 2)
    #expect(image.validateBuilt().isEmpty)
  }

  @Test func namesTheFirstUndefinedSymbolsAndCountsAll() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.symbols = [.entry] + (0..<20).map { .undefined("u\($0)") }
    }.read(symbols: true)
    let finding = try #require(image.validateBuilt().first)
    #expect(finding.message.contains("20 symbols that nothing defines: u0, u1, "))
    #expect(finding.message.hasSuffix("u15, …"))
  }

  @Test(arguments: linked)
  func reportsSymbolsBeyondTheFile(writer: ELFWriter) throws {
    var file = writer.write()
    let table = file.bytes.count - 2 * writer.sectionHeaderSize
    file.put(.max, width: writer.isWide ? 8 : 4, at: table + (writer.isWide ? 32 : 20))
    let findings = try read(file.bytes, symbols: true).validateBuilt()
    #expect(findings.map(\.rule) == [.damagedSymbols])
  }
}

extension Break {
  static let ofTheLinker: [Break] = [
    Break("second Xen note", .extraXenNote) { writer in
      writer.notes.append(.string(6, "pvhkit"))
      writer.segments.append(
        TestSegment(type: 4, flags: 4, offset: 0x214, address: 0, fileSize: 24, memorySize: 24))
    },
    Break("note shares its segment", .noteNotAlone) { writer in
      writer.notes.append(.buildID)
      writer.segments[0].fileSize = 44
    },
    Break("note is not first", .noteNotFirst) { $0.segments.swapAt(0, 1) },
    Break("interpreter", .dynamicImage) { writer in
      writer.segments.append(
        TestSegment(type: 3, flags: 4, offset: 0, address: 0, fileSize: 0, memorySize: 0))
    },
    Break("dynamic table", .dynamicImage) { writer in
      writer.segments.append(
        TestSegment(type: 2, flags: 4, offset: 0, address: 0, fileSize: 0, memorySize: 0))
    },
    Break("undefined symbol", .undefinedSymbol) { $0.symbols?.append(.undefined("memcpy")) },
    Break("entry is nobody's", .entryWithoutSymbol) { $0.symbols?[0].value += 1 },
    Break("entry is data", .entryWithoutSymbol) { $0.symbols?[0].info = 0x11 },
    Break("writable code", .writableExecutableSegment) { $0.segments[1].flags = 7 },
    Break("position-independent", .wrongType) { $0.type = 3 },
  ]
}
