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
    #expect(FindingName.noPVHNote.consequence == .refused)
    #expect(FindingName.segmentsOverlap.consequence == .misbehaves)
    #expect(FindingName.segmentsOverlap.consequence.preventsBooting)
    #expect(!FindingName.extraXenNote.consequence.preventsBooting)
    #expect(!FindingName.wrongMachine.consequence.preventsBooting)
  }

  @Test func leavesOutAPlaceThatIsNone() {
    let finding = Finding(.noPVHNote, "has no note", remedy: "Add one.")
    #expect(finding.description(file: "a.pvh") == "a.pvh: has no note. Add one.")
  }
}
