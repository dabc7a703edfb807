// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Ordinary programs, of every corner of the language and the library: as guests they print what they
/// print on the host.
@Suite(.lab) struct EverydaySwift {
  /// What the programs are about; a folder of `EverydayGuests` each.
  static let subjects = [
    "atomics", "c-library", "classes", "closures", "collections", "dictionaries", "errors",
    "floats",
    "generics", "integers", "randomness", "scalar-names", "sets", "strings", "time", "unicode",
    "values",
  ]

  /// The images that have one subject only show that nothing else is needed to link it.
  @Test(arguments: subjects)
  func aSubjectByItselfPrintsWhatTheHostPrints(subject: String) throws {
    let result = try PVHCommand(["run", Checkout.everyday(subject), "--on", "lab"]).finish()
    try compare(result, try host(subject))
  }

  @Test func allSubjectsTogetherPrintWhatTheHostPrints() throws {
    let result = try PVHCommand(["run", Checkout.everyday("everyday"), "--on", "lab"]).finish()
    try compare(result, try host())
  }

  @Test(arguments: ["sets", "errors"])
  func theCommandLineChooses(subject: String) throws {
    let image = Checkout.everyday("everyday")
    let result = try PVHCommand(["run", image, "--on", "lab", "--cmdline", subject]).finish()
    try compare(result, try host(subject))
  }

  @Test func thereAreSixtyProgramsAndMore() throws {
    #expect(programs(in: try host()).count >= 60)
  }

  /// Without a processor that has random numbers, dictionaries and sets work.
  @Test func hashingNeedsNoEntropy() throws {
    let lab = try LabConversation()
    try lab.create(
      Checkout.everyday("dictionaries"), ["memory=4", "cpuid='host,rdseed=0,rdrand=0'"])
    #expect(try lab.exitStatusOfCreated() == "0")
  }

  private func host(_ subjects: String...) throws -> String {
    let program = try Checkout.hostProgram("EverydayHost")
    let result = try PVHCommand(Array(subjects), program: program).finish()
    try #require(result.status == 0)
    return result.text
  }

  private func compare(_ guest: PVHCommand.Result, _ expected: String) throws {
    #expect(guest.status == 0, "\(guest.errors)")
    let (ours, theirs) = (programs(in: guest.text), programs(in: expected))
    #expect(ours.map(\.name) == theirs.map(\.name))
    for (our, their) in zip(ours, theirs) {
      #expect(our.output == their.output, "program: \(our.name)")
    }
  }

  /// What each program printed, in order.
  private func programs(in text: String) -> [(name: String, output: String)] {
    text.components(separatedBy: "--- ").dropFirst().map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(lines[0]), lines.count > 1 ? String(lines[1]) : "")
    }
  }
}
