// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import ELFZoo
import Foundation
import Testing
import XenDomainModel

/// The ELF zoo under real Xen: what boots does, and what does not says so, or runs something else.
@Suite(.lab) struct ZooLabTests {
  @Test(arguments: DomainLoader.allCases)
  func xenDoesWhatTheVerdictsSay(loader: DomainLoader) throws {
    let folder = try ScratchFolder()
    let zoo = folder.url.appending(path: "zoo").path
    #expect(try PVHCommand("zoo", zoo).finish().status == 0)
    let labs = try StandingLabs()
    try labs.start("zoo")
    for image in ZooImage.all {
      let result = try labs.pvh(
        "run", "\(zoo)/\(image.file)", "--on", "lab:zoo", "--loader", loader.rawValue, "--force",
        "--memory", "\(image.memoryMiB)", "--timeout", "30")
      let seen = "\(image.name): \(result.status) \(result.text) \(result.errors)"
      let line = image.xl.line.map { "\(image.name): \($0.rawValue)\n" } ?? ""
      #expect(result.text == line, "\(seen)")
      switch image.xl.outcome {
      case .boots: #expect(result.status == 0, "\(seen)")
      case .refused: #expect([125, 126].contains(result.status), "\(seen)")
      case .misbehaves: #expect(![125, 126].contains(result.status), "\(seen)")
      }
    }
  }
}
