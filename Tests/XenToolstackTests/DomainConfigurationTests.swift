// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import XenDomainModel
import XenToolstack

@Suite struct DomainConfigurations {
  private let good = DomainConfiguration(name: "hello-1", memoryKiB: 1024)

  @Test func acceptsTheSmallestAndTheLargest() throws {
    try good.validate()
    try DomainConfiguration(
      name: String(repeating: "x", count: 63),
      commandLine: String(repeating: "c", count: DomainRules.commandLineLimit),
      memoryKiB: DomainRules.memoryLimitKiB, vcpuCount: DomainRules.vcpuLimit
    ).validate()
    try DomainConfiguration(name: "a", memoryKiB: 4).validate()
  }

  @Test(arguments: [
    "", "a b", "-a", "Domain-0", "a/b", "17", "é", "a\n", String(repeating: "x", count: 64),
  ])
  func refusesTheName(name: String) {
    var configuration = good
    configuration.name = name
    expectRefusal(configuration)
  }

  @Test(arguments: [0, -4, 1, 1022, DomainRules.memoryLimitKiB + 4, .max])
  func refusesTheMemory(memoryKiB: Int) {
    var configuration = good
    configuration.memoryKiB = memoryKiB
    expectRefusal(configuration)
  }

  @Test(arguments: [0, -1, DomainRules.vcpuLimit + 1])
  func refusesTheVCPUs(count: Int) {
    var configuration = good
    configuration.vcpuCount = count
    expectRefusal(configuration)
  }

  @Test(arguments: ["a\u{0}b", String(repeating: "c", count: 1024)])
  func refusesTheCommandLine(commandLine: String) {
    var configuration = good
    configuration.commandLine = commandLine
    expectRefusal(configuration)
  }

  @Test func comesBackFromJSON() throws {
    let full = DomainConfiguration(
      name: "web", commandLine: "a=\"é\"", memoryKiB: 512, vcpuCount: 3,
      nativeTimestampCounter: true, modules: [0..<7, 4096..<5000],
      disks: [DomainDisk(path: "/a", name: .first, isReadOnly: true)])
    let text = try JSONEncoder().encode(full)
    #expect(try JSONDecoder().decode(DomainConfiguration.self, from: text) == full)
    let least = Data(#"{"name":"web","memoryKiB":512}"#.utf8)
    #expect(
      try JSONDecoder().decode(DomainConfiguration.self, from: least)
        == DomainConfiguration(name: "web", memoryKiB: 512))
  }

  @Test(arguments: [
    (#"{"name":"web"}"#, "memoryKiB"), (#"{"name":"web","memoryKiB":"4"}"#, "memoryKiB"),
    (#"{"name":"web","memoryKiB":4,"vcpus":2}"#, #""vcpus" is unknown: there are name, "#),
    (
      #"{"name":"web","memoryKiB":4,"disks":[{"path":"/a","name":"hda","isReadOnly":true}]}"#, "hda"
    ),
  ])
  func isNotReadFrom(text: String, words: String) {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(DomainConfiguration.self, from: Data(text.utf8))
    }
    #expect(error.map { "\($0)".contains(words) } == true)
  }

  private func expectRefusal(_ configuration: DomainConfiguration) {
    let error = #expect(throws: ToolstackError.self) { try configuration.validate() }
    #expect(error?.kind == .badConfiguration)
  }
}

@Suite struct DomainIdentities {
  @Test func areRandomAndReadable() {
    let identities = (0..<100).map { _ in DomainUUID.random() }
    #expect(Set(identities.map(\.hexadecimal)).count == 100)
    for identity in identities {
      #expect(DomainUUID(hexadecimal: identity.hexadecimal) == identity)
      #expect(identity.octets[6] >> 4 == 4)
      #expect(identity.octets[8] >> 6 == 2)
    }
  }

  @Test(arguments: [
    "", "0123", String(repeating: "g", count: 32), String(repeating: "+1", count: 16),
  ])
  func areNotReadFrom(text: String) {
    #expect(DomainUUID(hexadecimal: text) == nil)
  }
}
