// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import StartInfoRecords
import SystemPackage

/// `pvh startinfo`: what a guest is told at its start.
struct StartInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "startinfo",
    abstract: "Shows the start info in captured guest memory.",
    discussion: """
      The file is a piece of guest memory that has the start info and what it refers to in it, for \
      example a dump of the whole memory. The start info is looked for at the start of each page.

      Example:
        pvh startinfo --decode memory.bin --address 0x0
      """)

  @Option(help: "A file with guest memory.", completion: .file())
  var decode: String

  @Option(
    help: "The guest-physical address of the file's first byte; default: what the addresses say.")
  var address: GuestAddress?

  /// More than this is not looked through.
  private static let limit = 1 << 30

  func run() throws {
    let bytes = try File.read(FilePath(decode), limit: Self.limit)
    guard let place = StartInfoSearch.offset(in: bytes) else {
      throw Problem("\(decode) has no start info: its magic, 0x336ec578, begins none of its pages")
    }
    let base = address?.number ?? StartInfoSearch.base(of: bytes, at: place)
    let start = base &+ UInt64(place)
    let record: StartInfoRecord
    do throws(StartInfoError) {
      record = try StartInfoRecord(decoding: bytes, at: base, address: start)
    } catch {
      throw Problem(
        "\(decode): \(error), if the file begins at \(hex(base)); say where it does: --address")
    }
    for line in StartInfoText(record: record, address: start).lines { try Terminal.write(line) }
  }
}

/// A guest-physical address on the command line.
struct GuestAddress: ExpressibleByArgument {
  let number: UInt64

  init?(argument: String) {
    let digits = argument.hasPrefix("0x") ? argument.dropFirst(2) : argument[...]
    guard let number = UInt64(digits, radix: argument.hasPrefix("0x") ? 16 : 10) else { return nil }
    self.number = number
  }
}
