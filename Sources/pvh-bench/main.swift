// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

// Prints the figures of this checkout: a table, or JSON with --json. tools/bench builds what it needs.

let arguments = CommandLine.arguments.dropFirst().filter { $0 != "--json" }
guard let subject = Subject(arguments: arguments) else {
  fatalError("usage: pvh-bench [--json] PVH HELLO BARE RUN END HYPERCALL; tools/bench knows them")
}
do {
  var figures = try subject.sizes()
  figures += try InstructionFigures.measure(subject)
  figures += try LabFigures.measure(subject)
  figures += try CommandFigures.measure(subject)
  if CommandLine.arguments.contains("--json") {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  } else {
    for figure in figures { print(figure.row) }
  }
} catch {
  fatalError("\(error)")
}
