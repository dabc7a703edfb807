// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import StartInfoRecords
import Testing

/// What libxl's domain builder tells a guest, read from the guest's memory in dom0.
@Suite(.lab) struct StartInfos {
  @Test func isWhatTheDomainWasBuiltWith() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("spin"))
    let domain = try #require(lab.domainID)
    // The agent is the parent of what it executes.
    let output = try lab.execute(
      "sh", "-c", "\"$(readlink /proc/$PPID/exe)\" start-info \(domain) | base64 -w 0")
    let bytes = Array(try #require(Data(base64Encoded: output)))
    let address = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    let record = try StartInfoRecord(
      decoding: Array(bytes.dropFirst(8)), at: address, address: address)
    #expect(record.version == 1)
    #expect(record.flags == 0)
    #expect(record.modules.isEmpty)
    let memory = record.memoryMap.first { $0.kind == 1 }
    #expect(memory?.address == 0)
    #expect(memory.map { $0.size <= 8 << 20 && $0.size > 7 << 20 } == true)
  }

  @Test func isShownByNameAndNumber() throws {
    let labs = try StandingLabs()
    try labs.start("startinfo")
    let place = ["--on", "lab:startinfo"]
    let made = try labs.command(
      ["create", Checkout.guest("spin"), "--name", "spin", "--paused", "--cmdline", "port=80"]
        + place
    ).finish()
    #expect(made.status == 0, "\(made.errors)")
    for name in ["spin", made.text.trimmingCharacters(in: .newlines)] {
      let result = try labs.command(["startinfo", name] + place).finish()
      #expect(result.text.contains("  cmdline   \"port=80\"\n"), "\(result.errors)")
    }
    let none = try labs.command(["startinfo", "idle"] + place).finish()
    #expect(none.status == 125)
    #expect(none.errors.contains("no domain is called \"idle\"; there are spin"))
  }

  @Test func aDomainThatIsNotThereHasNone() throws {
    let lab = try LabConversation()
    let result = try lab.client.execute(
      ["sh", "-c", "\"$(readlink /proc/$PPID/exe)\" start-info 99 2>&1; echo status $?"])
    let text = String(decoding: result.standardOutput, as: UTF8.self)
    #expect(text.contains("domain 99 has no start info, or there is no such domain"))
    #expect(text.hasSuffix("status 70\n"))
  }
}
