// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

// Prints the figures of this checkout: a table, or JSON with --json. tools/bench builds what it needs.

/// The parts of the table, in its order.
let parts: [(name: String, measure: (Products) throws -> [Figure])] = [
  ("sizes", SizeFigures.measure), ("instructions", InstructionFigures.measure),
  ("boot", BootFigures.measure), ("command", CommandFigures.measure),
  ("xenstore", XenstoreFigures.measure), ("console", ConsoleFigures.measure),
  ("idle", IdleFigures.measure), ("inspect", InspectFigures.measure),
  ("create", CreationFigures.measure), ("destroy", DestructionFigures.measure),
  ("rate", RateFigures.measure), ("slope", SlopeFigures.measure),
  ("density", DensityFigures.measure), ("disk", DiskFigures.measure),
  ("disk-instructions", DiskInstructionFigures.measure),
  ("network", NetworkFigures.measure), ("fixtures", FixtureFigures.measure),
]

let words = CommandLine.arguments.dropFirst()
let wanted = words.filter { word in parts.contains { $0.name == word } }
guard
  let products = Products(arguments: words.filter { $0 != "--json" && !wanted.contains($0) })
else {
  let names = parts.map(\.name).joined(separator: "|")
  fatalError(
    "usage: pvh-bench PVH CHECKOUT [--json] [\(names)]...; tools/bench knows the first two")
}
let wantsJSON = words.contains("--json")
var figures: [Figure] = []
do {
  for part in parts where wanted.isEmpty || wanted.contains(part.name) {
    let measured = try part.measure(products)
    figures += measured
    if !wantsJSON { for figure in measured { print(figure.row) } }
  }
  if wantsJSON {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(figures), as: UTF8.self))
  }
} catch {
  fatalError("\(error)")
}
