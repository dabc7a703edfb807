// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import SystemPackage
import XenDomainModel

// Lets the toolstack work for a long time in one lab, and counts what it loses: nothing, if all is
// well, which is also the exit status. tools/soak builds what it needs.

/// The parts of the run, in their order.
let parts: [(name: String, perform: (Soak) throws -> [SoakLine])] = [
  ("xenguest", { try Cycles.perform($0, .xenguest) }),
  ("libxl", { try Cycles.perform($0, .libxl) }), ("disks", DiskRounds.perform),
  ("kills", Kills.perform),
  ("crowds", Crowds.perform), ("scarcity", Scarcity.perform), ("restarts", Restarts.perform),
]

var words = Array(CommandLine.arguments.dropFirst())
let numbers = SoakNumbers(taking: &words)
let wanted = words.filter { word in parts.contains { $0.name == word } }
words.removeAll { wanted.contains($0) }
guard let numbers, words.count == 2 else {
  let names = parts.map(\.name).joined(separator: "|")
  fatalError(
    "usage: pvh-soak PVH CHECKOUT [--cycles N] [--kills N] [--rounds N] [--seconds N] [--seed N] [\(names)]...; "
      + "tools/soak knows the first two")
}
// A lab of its own, out of the way of the user's.
var template = Array("/tmp/pvhkit-soak-XXXXXX".utf8CString)
guard mkdtemp(&template) != nil else { fatalError("mkdtemp: \(Errno(rawValue: errno))") }
let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
setenv("XDG_RUNTIME_DIR", folder, 1)
var isGood = true
do {
  let lab = try SoakLab(FilePath(words[0]))
  defer {
    lab.stop()
    for name in ["pvhkit/labs", "pvhkit", ""] { rmdir("\(folder)/\(name)") }
  }
  let soak = try Soak(lab, checkout: words[1], numbers: numbers)
  try soak.begin()
  print("seed \(numbers.seed)")
  for part in parts where wanted.isEmpty || wanted.contains(part.name) {
    do {
      for line in try part.perform(soak) {
        print(line.text)
        fflush(nil)
        if line.isGood == false { isGood = false }
      }
    } catch {
      print("\(part.name): \(error)   WRONG")
      isGood = false
    }
  }
} catch {
  print("\(error)")
  isGood = false
}
exit(isGood ? 0 : 1)
