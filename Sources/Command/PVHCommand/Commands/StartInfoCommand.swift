// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import SystemPackage

/// `pvh startinfo`: what a guest is told at its start.
struct StartInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "startinfo",
    abstract: "Shows the start info of a domain, or that in captured guest memory.",
    discussion: """
      A domain should be paused and not have run yet: a guest may use the memory for something else.

      A file is a piece of guest memory that has the start info and what it refers to in it, for \
      example a dump of the whole memory. The start info is looked for at the start of each page.

      Examples:
        pvh startinfo hello --on lab:other
        pvh startinfo --decode memory.bin --address 0x0
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String?

  @Option(help: "A file with guest memory.", completion: .file())
  var decode: String?

  @Option(
    help: "The guest-physical address of the file's first byte; default: what the addresses say.")
  var address: GuestAddress?

  @OptionGroup var target: TargetOptions

  func validate() throws {
    guard (domain == nil) != (decode == nil) else {
      throw ValidationError("give the name or number of a domain, or a file: --decode FILE")
    }
    guard address == nil || decode != nil else {
      throw ValidationError("--address says where a file's bytes were: give it with --decode")
    }
  }

  func run() throws {
    let memory: MemoryDump
    if let domain {
      let agent = try target.on.connect(for: .lasting)
      defer { agent.close() }
      memory = try MemoryDump(of: domain, agent)
    } else {
      memory = try MemoryDump(file: FilePath(decode ?? ""), base: address?.number)
    }
    for line in try memory.startInfo().lines { try Terminal.write(line) }
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
