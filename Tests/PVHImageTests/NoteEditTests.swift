// SPDX-License-Identifier: Apache-2.0

import CLoaderOracle
import Foundation
import PVHImage
import Testing
import XenABI

/// Adding, changing and removing the PVH note: the rest of the file stays as it is.
@Suite struct NoteEditTests {
  static let withoutNote = ELFWriter.both.map { writer in
    writer.with { writer in
      writer.segments.removeFirst()
      writer.notes = []
      writer.symbols = [.entry, .undefined("maybe", info: 0x20)]
      writer.segments[0].virtualAddress = 0xc010_0000
      writer.symbols?[0].value = 0xc010_0010
    }
  }

  @Test(arguments: withoutNote, ["pvh_start", "0x100010", "1048592"])
  func addsANote(writer: ELFWriter, place: String) throws {
    let file = try EditedFile(writer)
    let image = try NoteEdit.add(EntryPlace(place)).apply(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_0010)
    for launcher in Launcher.allCases { #expect(image.boots(with: launcher)) }
    let bytes = try file.bytes
    #expect(try read(bytes).problems().isEmpty)
    #expect(Oracle(bytes, mebibytes: 4).verdict.entry == 0x10_0010)
    try expectUnchanged(file, except: writer.isWide ? [32..<40, 54..<58] : [28..<32, 42..<46])
  }

  @Test(arguments: [2, 40, 183] as [UInt16]) func refusesOtherProcessors(machine: UInt16) throws {
    var writer = Self.withoutNote[0]
    writer.machine = UInt64(machine)
    let file = try EditedFile(writer)
    let error = #expect(throws: EditError.self) {
      try NoteEdit.add(.address(0x10_0010)).apply(to: file.path, output: file.path)
    }
    #expect(error == .wrongMachine(machine))
    #expect(try file.bytes == file.original)
  }

  @Test func refusesPVImagesUnlessForced() throws {
    let file = try EditedFile(ELFWriter.wide.with { $0.notes = [.string(8, "generic")] })
    let add = { isForced in
      try NoteEdit.add(.address(0x10_0010), isForced: isForced)
        .apply(to: file.path, output: file.path)
    }
    #expect(throws: EditError.forPV) { try add(false) }
    #expect(try file.bytes == file.original)
    #expect(try add(true).entry?.address.rawValue == 0x10_0010)
  }

  @Test(arguments: ELFWriter.both)
  func replacesTheEntryInPlace(writer: ELFWriter) throws {
    let file = try EditedFile(writer)
    let image = try NoteEdit.replace(.address(0x10_0020)).apply(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_0020)
    #expect(try file.bytes.count == file.original.count)
    try expectUnchanged(file, except: [0x210..<0x214])
  }

  @Test(arguments: ELFWriter.both, [2, 8, 16])
  func replacesANoteOfAnotherSize(writer: ELFWriter, size: Int) throws {
    let file = try EditedFile(
      writer.with { writer in
        writer.notes = [.pvhEntry(0x10_0010, size: size)]
        writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
      })
    let image = try NoteEdit.replace(.address(0x10_0020)).apply(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_0020)
    for launcher in Launcher.allCases { #expect(image.findings(for: launcher).isEmpty) }
  }

  @Test(arguments: ELFWriter.both)
  func replacesANoteThatIsInASectionOnly(writer: ELFWriter) throws {
    let file = try EditedFile(
      writer.with { writer in
        writer.segments.removeFirst()
        writer.sections = [.notes([.buildID, .pvhEntry(0x10_0010)], at: 0x2100)]
      })
    let image = try NoteEdit.replace(.address(0x10_0020)).apply(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_0020)
    #expect(image.problems().isEmpty)
  }

  @Test(arguments: ELFWriter.both)
  func removesTheNote(writer: ELFWriter) throws {
    let file = try EditedFile(
      writer.with { writer in
        writer.notes = [.buildID, .pvhEntry(0x10_0010), .string(6, "x")]
        writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
      })
    let image = try NoteEdit.remove.apply(to: file.path, output: file.path)
    #expect(image.entry == nil)
    #expect(image.qemuEntry == .none)
    #expect(image.notes.count == 3)
    try expectUnchanged(file, except: [0x220..<0x228])
    _ = try NoteEdit.add(.address(0x10_0030)).apply(to: file.path, output: file.path)
    #expect(try read(file.bytes).entry?.address.rawValue == 0x10_0030)
  }

  @Test func leavesTheOriginalAloneIfThereIsAnOutput() throws {
    let file = try EditedFile(Self.withoutNote[0])
    let output = file.path + ".pvh"
    let image = try NoteEdit.add(.symbol("pvh_start")).apply(to: file.path, output: output)
    #expect(image.file == output)
    #expect(try file.bytes == file.original)
  }

  @Test func keepsThePermissions() throws {
    let file = try EditedFile(Self.withoutNote[0])
    try FileManager.default.setAttributes([.posixPermissions: 0o751], ofItemAtPath: file.path)
    _ = try NoteEdit.add(.symbol("pvh_start")).apply(to: file.path, output: file.path)
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect(attributes[.posixPermissions] as? Int == 0o751)
  }

  @Test(arguments: withoutNote)
  func saysThatTheSymbolsAreDamaged(writer: ELFWriter) throws {
    var bytes = writer.write()
    // The size of the symbol table, in the last section header but one.
    let table = bytes.bytes.count - 2 * writer.sectionHeaderSize
    bytes.put(.max, width: writer.isWide ? 8 : 4, at: table + (writer.isWide ? 32 : 20))
    let file = try EditedFile(bytes.bytes)
    let error = #expect(throws: EditError.self) {
      try NoteEdit.add(.symbol("pvh_start")).apply(to: file.path, output: file.path)
    }
    guard case .damagedSymbols("pvh_start", let reason) = error else {
      Issue.record("\(error as EditError?)")
      return
    }
    #expect(reason.contains("the file has"))
    try expectOnlyTheOriginal(file)
  }

  @Test(arguments: [
    (NoteEdit.add(.symbol("main")), EditError.noSymbol("main", others: ["pvh_start"])),
    (.add(.address(0x1_0000_0000)), .entryAbove4GiB(0x1_0000_0000)),
    (.replace(.address(0x10_0010)), .noNote), (.remove, .noNote),
  ])
  func changesNothingOnFailure(edit: NoteEdit, expected: EditError) throws {
    let file = try EditedFile(Self.withoutNote[0])
    #expect(throws: expected) { try edit.apply(to: file.path, output: file.path) }
    try expectOnlyTheOriginal(file)
  }

  @Test(arguments: [0, 0x20_0000, 0x10_3000, 0x10_1000] as [UInt64])
  func refusesAnEntryThatCannotRun(address: UInt64) throws {
    let file = try EditedFile(Self.withoutNote[0])
    let edit = NoteEdit.add(.address(address))
    if address == 0x10_1000 {
      // Data is not executable, but runs, as there is no paging yet.
      #expect(try edit.apply(to: file.path, output: file.path).problems().count == 1)
    } else {
      #expect(throws: EditError.self) { try edit.apply(to: file.path, output: file.path) }
      try expectOnlyTheOriginal(file)
    }
  }

  @Test func refusesASecondNote() throws {
    let file = try EditedFile(.wide)
    #expect(throws: EditError.hasNote(entry: 0x10_0010)) {
      try NoteEdit.add(.address(0x10_0010)).apply(to: file.path, output: file.path)
    }
  }

  @Test func survivesMutatedImages() throws {
    let seed = TestRandom.seed()
    var random = TestRandom(state: seed)
    var changed = 0
    for _ in 0..<300 {
      let writer = ELFWriter.seeds[Int.random(in: 0..<ELFWriter.seeds.count, using: &random)]
      var bytes = writer.write()
      let fields = bytes.fields(of: writer)
      _ = bytes.mutate(fields[Int.random(in: 0..<fields.count, using: &random)], using: &random)
      let file = try EditedFile(bytes.bytes)
      do throws(EditError) {
        let image = try NoteEdit.replace(.address(0x10_0018)).apply(
          to: file.path, output: file.path)
        #expect(image.entry?.address.rawValue == 0x10_0018, "random seed \(seed)")
        changed += 1
      } catch {
        try expectOnlyTheOriginal(file)
      }
    }
    #expect(changed > 100)
  }

  private func expectUnchanged(_ file: EditedFile, except ranges: [Range<Int>]) throws {
    let bytes = try file.bytes
    let changed = file.original.indices.filter { bytes[$0] != file.original[$0] }
    #expect(changed.allSatisfy { index in ranges.contains { $0.contains(index) } })
  }

  private func expectOnlyTheOriginal(_ file: EditedFile) throws {
    #expect(try file.bytes == file.original)
    #expect(try FileManager.default.contentsOfDirectory(atPath: file.folder.path).count == 1)
  }
}

/// A file in a folder of its own.
final class EditedFile {
  let folder: URL
  let original: [UInt8]
  var path: String { folder.appending(path: "image").path }
  var bytes: [UInt8] { get throws { Array(try Data(contentsOf: URL(filePath: path))) } }

  convenience init(_ writer: ELFWriter) throws { try self.init(writer.write().bytes) }

  init(_ bytes: [UInt8]) throws {
    original = bytes
    folder = FileManager.default.temporaryDirectory.appending(path: "pvhkit-test-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}
