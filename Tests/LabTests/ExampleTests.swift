// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// The examples, each as its user would meet it.
@Suite(.lab) struct Examples {
  @Test func echoSaysLinesBack() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.example("echo"))
    try lab.waitFor("ends it\n")
    try lab.client.send(input: Array("one\ntwo words\n".utf8))
    try lab.waitFor("you said: two words\n")
    try lab.client.send(input: Array("bye\n".utf8))
    #expect(try lab.finish() == .exited(0))
    #expect(lab.text.hasSuffix("you said: one\nyou said: two words\nbye\n"))
  }

  @Test func clockPublishesTheTimeObeysItsRateAndShutsDown() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.example("clock"))
    let home = "/local/domain/\(lab.domainID ?? 0)"
    let first = try time(lab, home)
    #expect(abs(first - Int(Date().timeIntervalSince1970)) < 60)
    _ = try lab.execute("xenstore-write", "\(home)/data/rate", "50")
    for _ in 0..<100 where try time(lab, home) == first { _ = try lab.execute("sleep", "0.5") }
    #expect(try time(lab, home) > first)
    #expect(try lab.execute("xenstore-read", "\(home)/control/feature-poweroff") == "1")
    _ = try lab.execute("xl", "shutdown", "guest")
    #expect(try lab.finish() == .exited(0))
    #expect(lab.text == "asked to stop\n")
  }

  @Test func keyValueKeepsWhatDom0Sets() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.example("key-value"))
    try lab.waitFor("ready\n")
    let home = "/local/domain/\(lab.domainID ?? 0)"
    for (key, value) in [("one", "1"), ("two", "2"), ("one", "uno")] {
      _ = try lab.execute("xenstore-write", "\(home)/data/set/\(key)", value)
      var seen = ""
      for _ in 0..<2000 where seen != value {
        seen = try lab.execute("xenstore-read", "\(home)/data/get/\(key)")
      }
      #expect(seen == value)
    }
    _ = try lab.execute("xl", "shutdown", "guest")
    #expect(try lab.finish() == .exited(0))
    #expect(lab.text == "ready\ntwo = 2\none = uno\n")
  }

  @Test func tasksGreetInTheOrderOfTheirPatience() throws {
    let result = try run("tasks", example: true)
    #expect(
      result.text == """
        hello from domain 1, after 100 ms
        hello from domain 1, after 200 ms
        hello from domain 1, after 300 ms

        """)
    #expect(result.status == 0)
  }

  @Test func loadLosesNothing() throws {
    let result = try run("load", example: true)
    #expect(result.status == 0)
    #expect(result.output.count > 128 << 10)
    #expect(result.text.hasSuffix("bytes dropped: 0\n"))
    print(result.text.split(separator: "\n").filter { !$0.hasPrefix(".") }.joined(separator: "; "))
  }

  /// What the guest published last; waits for the first.
  private func time(_ lab: LabConversation, _ home: String) throws -> Int {
    for _ in 0..<2000 {
      if let time = Int(try lab.execute("xenstore-read", "\(home)/data/time")) { return time }
    }
    Issue.record("the guest published no time")
    return 0
  }
}
