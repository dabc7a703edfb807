// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// Names are an interface: programs compare them.
@Suite struct FindingNameTests {
  @Test(arguments: FindingName.allCases)
  func isLowercaseWordsWithHyphens(name: FindingName) {
    #expect(name.rawValue.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
  }

  @Test func tellsWhatPreventsBooting() {
    #expect(FindingName.noPVHNote.effect == .refused)
    #expect(FindingName.segmentsOverlap.effect == .misbehaves)
    #expect(FindingName.segmentsOverlap.effect.preventsBooting)
    #expect(!FindingName.extraXenNote.effect.preventsBooting)
    #expect(!FindingName.wrongMachine.effect.preventsBooting)
  }

  @Test func leavesOutAPlaceThatIsNone() {
    let finding = Finding(.noPVHNote, "has no note", remedy: "Add one.")
    #expect(finding.description(file: "a.pvh") == "a.pvh: has no note. Add one.")
  }
}
