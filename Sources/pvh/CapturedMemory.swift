// SPDX-License-Identifier: Apache-2.0

import HostProcess
import StartInfoRecords
import SystemPackage

/// Guest memory with start info in it.
struct CapturedMemory {
  private let name: String
  private let bytes: [UInt8]
  /// Guest-physical address of the first byte.
  private let base: UInt64
  /// Where the start info is among the bytes.
  private let place: Int

  /// More than this is not looked through.
  private static let limit = 1 << 30

  /// Reads a file; without a base, the addresses in the start info say where it was.
  init(file: FilePath, base: UInt64?) throws(Problem) {
    name = file.string
    bytes = try File.read(file, limit: Self.limit)
    guard let place = StartInfoSearch.offset(in: bytes) else {
      throw Problem("\(file) has no start info: its magic, 0x336ec578, begins none of its pages")
    }
    self.place = place
    self.base = base ?? StartInfoSearch.base(of: bytes, at: place)
  }

  /// Reads a domain's memory through the agent beside this program.
  init(ofDomain number: Int) throws(Problem) {
    guard ControlDomain.isHere else {
      throw Problem(
        "domain \(number): this machine is no Xen control domain, so it has no domains; "
          + "captured memory can be read anywhere: --decode FILE")
    }
    let program = try AgentProgram.beside()
    let output: (bytes: [UInt8], status: Int32)
    do {
      output = try ProgramOutput.collect { output in
        try ChildProcess(
          program, ["start-info", "\(number)"],
          descriptors: .init(output: output, error: .standardError))
      }
    } catch {
      throw Problem("\(program) cannot be run: \(error)")
    }
    guard output.status == 0, output.bytes.count > 8 else {
      throw Problem("the start info of domain \(number) cannot be read; the reason is above")
    }
    name = "domain \(number)"
    base = output.bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    bytes = Array(output.bytes.dropFirst(8))
    place = 0
  }

  /// The start info, for people.
  func startInfo() throws(Problem) -> StartInfoText {
    let address = base &+ UInt64(place)
    do throws(StartInfoError) {
      let record = try StartInfoRecord(decoding: bytes, at: base, address: address)
      return StartInfoText(record: record, address: address)
    } catch {
      throw Problem(
        "\(name): \(error), if the memory begins at \(hex(base)); say where it does: --address")
    }
  }
}
