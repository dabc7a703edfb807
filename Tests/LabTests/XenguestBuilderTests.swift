// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// Domains built directly, seen by their guests and by Xen's own tools.
@Suite(.lab) struct XenguestBuilderTests {
  @Test(arguments: DomainLoader.allCases)
  func helloGreets(loader: DomainLoader) throws {
    let result = try run("hello", "--loader", loader.rawValue, "--name", "me", example: true)
    #expect(result.text == "hello from domain 1\n")
    #expect(result.status == 0)
    // What xl list said of it before its first instruction.
    #expect(result.errors.contains(#/(?m)^me +1 +16 +1 +--p---/#), "\(result.errors)")
  }

  @Test(arguments: [(256, 1), (1024, 2), (5 << 20, 1)])
  func takesMemoryByThePage(memoryKiB: Int, vcpuCount: Int) throws {
    let lab = try LabConversation()
    let request = RunRequest(
      name: "small", memoryKiB: memoryKiB, vcpuCount: vcpuCount, loader: .xenguest)
    let hello = try image(Checkout.example("hello"))
    // The lab has less than 5 GiB.
    guard memoryKiB < 1 << 20 else {
      let error = #expect(throws: AgentError.self) { try lab.client.run(request, kernel: hello) }
      guard case .failed(let failure)? = error else {
        Issue.record("another error: \(String(describing: error))")
        return
      }
      #expect(failure.kind == .toolstack(.outOfMemory), "\(failure.message)")
      return try expectNothingLeft(lab)
    }
    #expect(try lab.client.run(request, kernel: hello).outcome == .exited(0))
    try expectNothingLeft(lab)
  }

  @Test func refusesAnImageThatLibxenguestRefuses() throws {
    let lab = try LabConversation()
    let request = RunRequest(name: "text", memoryKiB: 4096, loader: .xenguest)
    let error = #expect(throws: AgentError.self) {
      try lab.client.run(request, kernel: Array("no image".utf8))
    }
    guard case .failed(let failure)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(failure.kind == .toolstack(.imageRejected), "\(failure.message)")
    #expect(failure.log.contains { $0.contains("xc_dom_") }, "\(failure.log)")
    try expectNothingLeft(lab)
  }

  @Test func servesXenToolsLikeAnyOther() throws {
    let lab = try LabConversation()
    try lab.start(Checkout.guest("spin"), loader: .xenguest)
    #expect(try lab.execute("xl", "domid", "guest") == "1")
    #expect(try lab.execute("xl", "domname", "1") == "guest")
    #expect(try lab.execute("xl", "vcpu-list", "guest").contains("guest"))
    #expect(try lab.execute("xl", "pause", "guest").isEmpty)
    #expect(try lab.execute("xl", "list", "guest").contains("--p---"))
    _ = try lab.execute("xl", "destroy", "guest")
    #expect(try lab.finish() == .destroyedFromOutside)
    // xl knows nothing of the index of names: who notices the end removes its entry.
    let request = RunRequest(name: "guest", memoryKiB: 4096, loader: .xenguest)
    let hello = try image(Checkout.example("hello"))
    #expect(try lab.client.run(request, kernel: hello).outcome == .exited(0))
    try expectNothingLeft(lab)
  }

  @Test func givesEverythingBack() throws {
    let lab = try LabConversation()
    let hello = try image(Checkout.example("hello"))
    let request = RunRequest(name: "again", memoryKiB: 8192, loader: .xenguest)
    #expect(try lab.client.run(request, kernel: hello).outcome == .exited(0))
    let before = try freeMemory(lab)
    for _ in 0..<20 {
      #expect(try lab.client.run(request, kernel: hello).outcome == .exited(0))
    }
    #expect(try freeMemory(lab) == before)
    try expectNothingLeft(lab)
  }

  private static let faults = Checkout.root.appending(path: ".build/release/FaultInjection").path
  private static var hasFaults: Bool { FileManager.default.fileExists(atPath: faults) }

  /// A lab with the program that makes creations go wrong, and an image for it.
  private func labWithFaults() throws -> StandingLabs {
    let labs = try StandingLabs()
    try labs.start("faults")
    try labs.copy(Self.faults, to: "/tmp/faults", in: "faults")
    try labs.copy(Checkout.example("hello"), to: "/tmp/image", in: "faults")
    return labs
  }

  /// Counts the calls of a creation, and lets each of them fail once.
  @Test(.enabled("needs FaultInjection: run tools/test") { hasFaults })
  func aCallThatFailsLeavesNothing() throws {
    let labs = try labWithFaults()
    let result = try labs.pvh("lab", "exec", "faults", "--", "/tmp/faults", "/tmp/image", "4096")
    #expect(result.status == 0, "\(result.text)\(result.errors)")
    let counts = try #require(result.text.firstMatch(of: #/(\d+) hypercalls, (\d+) messages/#))
    #expect(try #require(Int(counts.1)) <= 25)
    #expect(try #require(Int(counts.2)) <= 15)
    try expectNoDomainInXenstore {
      try labs.pvh("lab", "exec", "faults", "--", "xenstore-list", $0).text
    }
  }

  /// Is killed before each call of a creation in turn, and once not at all.
  @Test(.enabled("needs FaultInjection: run tools/test") { hasFaults })
  func aDeathAtAnyCallLeavesNothing() throws {
    let labs = try labWithFaults()
    let script = """
      deaths=0
      while /tmp/faults /tmp/image 4096 $deaths /agent/agent 2>/dev/null; status=$?
        [ $status = 137 ]
      do
        looks=0
        while [ $(xl list | wc -l) != 2 ] && [ $looks -lt 1200 ]; do
          usleep 50000; looks=$((looks + 1))
        done
        [ $looks -lt 1200 ] || echo "call $deaths leaves a domain"
        deaths=$((deaths + 1))
      done
      echo $status after $deaths
      """
    let report = try labs.pvh("lab", "exec", "faults", "--", "sh", "-c", script).text
    let counts = try #require(report.wholeMatch(of: #/0 after (\d+)\n/#), "\(report)")
    #expect(try #require(Int(counts.1)) > 30)
    try expectNoDomainInXenstore {
      try labs.pvh("lab", "exec", "faults", "--", "xenstore-list", $0).text
    }
  }

  @Test func refusesANameThatXLGave() throws {
    let lab = try LabConversation()
    try lab.create(Checkout.guest("spin"), ["memory=4"])
    let request = RunRequest(name: "guest", memoryKiB: 4096, loader: .xenguest)
    let error = #expect(throws: AgentError.self) {
      try lab.client.run(request, kernel: try image(Checkout.guest("spin")))
    }
    guard case .failed(let failure)? = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(failure.kind == .toolstack(.nameTaken), "\(failure.message)")
    #expect(try lab.execute("xl", "list").split(separator: "\n").count == 3)
  }

  /// What `xl info` calls free, in MiB.
  private func freeMemory(_ lab: LabConversation) throws -> Substring? {
    try lab.execute("xl", "info").split(separator: "\n").first { $0.hasPrefix("free_memory") }
  }

  private func expectNothingLeft(_ lab: LabConversation) throws {
    #expect(try lab.execute("xl", "list").split(separator: "\n").count == 2)
    try expectNoDomainInXenstore { try lab.execute("xenstore-list", $0) }
  }

  private func image(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }
}
