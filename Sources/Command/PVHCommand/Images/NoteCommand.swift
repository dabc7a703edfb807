// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHImage
import XenABI

/// `pvh note`: the PVH note of an image made elsewhere.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note",
    abstract: "Gives any static ELF file the PVH note, or takes it away.",
    discussion: """
      The entry must be 32-bit code: Xen starts a PVH guest without paging. The note is put behind \
      everything else in the file, which stays what and where it is.

      Examples:
        pvh note add kernel.elf --entry _start
        pvh note replace kernel.elf --entry 0x100020 -o kernel.pvh
      """,
    subcommands: [NoteAdd.self, NoteReplace.self, NoteRemove.self])
}

/// `pvh note add`.
struct NoteAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Adds the PVH note to an image that has none.")

  @OptionGroup var files: NoteFiles
  @OptionGroup var entry: NoteEntry

  @Flag(help: "Add it even to an image that was built for PV domains.")
  var force = false

  func run() throws { try files.apply(.add(EntryPlace(entry.entry), isForced: force)) }
}

/// `pvh note replace`.
struct NoteReplace: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replace", abstract: "Changes the entry in an image's PVH note.")

  @OptionGroup var files: NoteFiles
  @OptionGroup var entry: NoteEntry

  func run() throws { try files.apply(.replace(EntryPlace(entry.entry))) }
}

/// `pvh note remove`.
struct NoteRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Takes the PVH note away from an image.")

  @OptionGroup var files: NoteFiles

  func run() throws { try files.apply(.remove) }
}

/// Where the guest shall start.
struct NoteEntry: ParsableArguments {
  @Option(help: "Where the guest starts: a symbol, or a physical address (0x…).")
  var entry: String

  func validate() throws {
    if entry.isEmpty { throw ValidationError("--entry needs a symbol or an address") }
  }
}

/// Which image, and where the changed one goes.
struct NoteFiles: ParsableArguments {
  @Argument(help: "The image, a static ELF file.", completion: .file())
  var file: String

  @Option(
    name: .shortAndLong, help: "Where to put the result; default: in place of the image.",
    completion: .file())
  var output: String?

  /// Changes the image, and says what came of it.
  func apply(_ edit: NoteEdit) throws(Problem) {
    let image: PVHImage
    do throws(EditError) {
      image = try edit.apply(to: file, output: output ?? file)
    } catch {
      throw Problem(error, file: file)
    }
    guard let entry = image.entry else { return try Terminal.write("\(image.file): no PVH note") }
    let name = image.symbols.entryName.map { " (\($0))" } ?? ""
    try Terminal.write("\(image.file): starts at \(hex(entry.address.rawValue))\(name)")
    for item in image.findings(for: .xl) where item.severity == .error {
      Terminal.complain("pvh: " + item.finding.description(file: image.file))
    }
  }
}

extension Problem {
  /// Why an image was not changed.
  init(_ error: EditError, file: String) {
    let status: ExitStatus =
      switch error {
      case .image, .packed, .tooManyHeaders, .wrongMachine, .forPV: .cannotBoot
      case .notWritten: .failed
      default: .usage
      }
    if case .image(let error) = error {
      self.init(error.description, status: status)
    } else {
      self.init("\(file): \(error)", status: status)
    }
  }
}
