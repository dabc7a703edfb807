// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Testing
import XenDomainModel

/// xenconsoled stops in the middle of a flood: the guest goes on, and counts what went missing.
@Suite(.lab) struct StalledDaemons {
  @Test func aStoppedConsoleDaemonDoesNotHangTheGuest() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("chatter"))
    try lab.waitFor("counting\n")
    let home = "/local/domain/\(lab.domainID ?? 0)"
    _ = try lab.execute("killall", "-STOP", "xenconsoled")
    _ = try lab.execute("sleep", "3")
    func printed() throws -> Int {
      Int(try lab.execute("xenstore-read", "\(home)/data/printed")) ?? 0
    }
    let before = try printed()
    _ = try lab.execute("sleep", "7")
    for _ in 0..<30 where try printed() == before { _ = try lab.execute("sleep", "1") }
    let after = try printed()
    _ = try lab.execute("killall", "-CONT", "xenconsoled")
    _ = try lab.execute("sleep", "1")
    _ = try lab.execute("xl", "shutdown", "guest")
    #expect(try lab.finish() == .exited(0))

    #expect(after > before, "the guest went on while nobody read")
    let numbers = lab.text.split(separator: "\n").last?.split { !$0.isNumber }.compactMap {
      Int($0)
    }
    let (total, lost) = (try #require(numbers?.first), try #require(numbers?.last))
    #expect(lost > 0)
    // To the byte: what is not here is what the guest counted, and what it announced.
    #expect(lab.console.count { $0 == UInt8(ascii: "x") } == total - lost)
    #expect(announcedLosses(lab.text).reduce(0, +) == lost)
  }

  @Test func aBrokenConsoleIsSeenAndTheRestRunsOn() throws {
    let result = try run("broken-console")
    #expect(result.text == "sound\n")
    #expect(result.status == 0)
  }

  /// The numbers of the lines `[console: N bytes dropped]`.
  private func announcedLosses(_ text: String) -> [Int] {
    text.split(separator: "\n").compactMap { line in
      guard line.hasPrefix("[console: "), line.hasSuffix(" bytes dropped]") else { return nil }
      return Int(line.split(separator: " ")[1])
    }
  }
}
