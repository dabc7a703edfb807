// SPDX-License-Identifier: Apache-2.0

/// Why an image was not changed; the file is then what it was.
public enum EditError: Error, Equatable, Sendable {
  /// The file cannot be read as an image, or the result could not.
  case image(ImageError)
  /// The ELF file is inside another file.
  case packed
  /// There is a PHYS32_ENTRY note already, with this entry.
  case hasNote(entry: UInt64)
  /// The file is for another processor than x86.
  case wrongMachine(UInt16)
  /// The image starts as PV domains do, which a note does not change.
  case forPV
  /// There is no PHYS32_ENTRY note.
  case noNote
  /// No such symbol; some that there are.
  case noSymbol(String, others: [String])
  /// The file has no symbols to look a name up in.
  case noSymbols(String)
  /// The symbols to look a name up in are damaged, and why.
  case damagedSymbols(String, String)
  /// The symbol's value is not an address that is loaded.
  case symbolNotLoaded(String, UInt64)
  /// A 32-bit physical address cannot say where that is.
  case entryAbove4GiB(UInt64)
  /// The code is not 64-bit code.
  case not64Bit
  /// A segment's virtual address is neither its physical one nor 0xffffffff80000000 above it.
  case unmapped(Finding)
  /// There is no room below 4 GiB behind the image.
  case noRoom(UInt64)
  /// The guest could not start there.
  case entry(Finding)
  /// There is no room for one more program header in the ELF header's count.
  case tooManyHeaders
  /// There is a manifest already, and readers take the first one.
  case hasManifest
  /// A manifest of so many bytes is more than readers take.
  case manifestTooLarge(Int)
  /// The result could not be written, for the reason in the operating system's words.
  case notWritten(path: String, reason: String)
}

extension EditError: CustomStringConvertible {
  /// The fact and the remedy, without the file's name.
  public var description: String {
    switch self {
    case .image(let error): error.finding.message + ". " + error.finding.remedy
    case .packed: "is packed; unpack it first and change the ELF file inside"
    case .hasNote(let entry):
      "has a PHYS32_ENTRY note with \(hex(entry)) already; to change it: pvh note replace"
    case .wrongMachine(let machine):
      "is for ELF machine \(machine), and PVH guests run on x86 only: link it for x86-64 (62) or i386 (3)"
    case .forPV:
      "was built for PV domains, and starts on page tables that Xen made: a PVH note does not change "
        + "that. If it has 32-bit code for PVH, too, name that and say --force"
    case .noNote: "has no PHYS32_ENTRY note; to add one: pvh note add"
    case .noSymbol(let name, let others):
      "has no symbol \"\(name)\"; it has \(others.joined(separator: ", "))"
    case .noSymbols(let name):
      "has no symbol table to find \"\(name)\" in; give the entry as a physical address"
    case .damagedSymbols(let name, let reason):
      "has a damaged symbol table to find \"\(name)\" in: \(reason); give the entry as a physical address"
    case .symbolNotLoaded(let name, let address):
      "has \"\(name)\" at \(hex(address)), which is in no segment"
    case .entryAbove4GiB(let address):
      "would start at \(hex(address)), above 4 GiB, where no 32-bit code can be"
    case .not64Bit: "is no 64-bit ELF file; 32-bit code needs a note only: pvh note add"
    case .noRoom(let end): "ends at \(hex(end)), with no room for page tables below 4 GiB"
    case .entry(let finding), .unmapped(let finding): finding.message + ". " + finding.remedy
    case .tooManyHeaders: "has as many program headers as there can be"
    case .hasManifest: "has a manifest already"
    case .manifestTooLarge(let size):
      "would get a manifest of \(size) bytes, more than \(ImageNote.descriptorLimit); shorten its texts"
    case .notWritten(let path, let reason):
      "cannot be written to \(path): \(reason). Name another place: -o FILE"
    }
  }
}

extension EditError {
  /// Turns an error of reading into one of editing.
  static func reading<Result: ~Copyable>(
    _ body: () throws(ImageError) -> Result
  ) throws(EditError) -> Result {
    do throws(ImageError) {
      return try body()
    } catch {
      throw .image(error)
    }
  }
}
