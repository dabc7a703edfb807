// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import Foundation
import Testing
import XenDomainModel

/// Guests of known behaviour, each a PVH domain under the lab's Xen.
@Suite(.lab) struct Guests {
  @Test func helloGreets() throws {
    let result = try run("hello", example: true)
    #expect(result.text == "hello from domain 1\n")
    #expect(result.status == 0)
  }

  @Test func helloBootsInOneMebibyte() throws {
    let result = try run("hello", "--memory", "1", example: true)
    #expect(result.text == "hello from domain 1\n")
    #expect(result.status == 0)
  }

  @Test func oneMebibyteOfOutputArrivesByteExact() throws {
    let result = try run("flood")
    #expect(result.status == 0)
    let expected = expectedFlood()
    let difference = zip(result.output, expected).enumerated().first { $1.0 != $1.1 }?.offset
    #expect(difference == nil, "the first byte that differs")
    #expect(result.output.count == expected.count)
  }

  @Test func commandLineAndModuleArePassedThrough() throws {
    let folder = try ScratchFolder()
    let content = Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let sum = content.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    let result = try run(
      "arguments", "--cmdline", "one two=\"3\" \u{e9}",
      "--module", try folder.file("module", content))
    #expect(
      result.text == """
        command line: one two="3" \u{e9}
        module: 300000 bytes, sum \(sum)

        """)
    #expect(result.status == 0)
  }

  /// Whoever builds the domain, the guest sees the bytes that were given, also of a file that cannot be
  /// unpacked, or has no room in the domain when it is.
  @Test(arguments: DomainLoader.allCases, PackedModule.allCases)
  func aPackedModuleStaysPacked(loader: DomainLoader, module: PackedModule) throws {
    let folder = try ScratchFolder()
    let content = try module.content(in: folder)
    let sum = content.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    let result = try run(
      "arguments", "--cmdline", "x", "--module", try folder.file("given", content), "--loader",
      loader.rawValue, "--memory", "16")
    #expect(
      result.text == "command line: x\nmodule: \(content.count) bytes, sum \(sum)\n",
      "\(result.errors)")
  }

  @Test func severalModulesArePassedThrough() throws {
    let folder = try ScratchFolder()
    let result = try run(
      "arguments", "--cmdline", "x", "--module", try folder.file("one", Data([7])),
      "--module", try folder.file("two", Data(repeating: 0, count: 5000) + [9]),
      "--module", try folder.file("three", Data([1, 1])))
    #expect(
      result.text == """
        command line: x
        module: 1 bytes, sum 7
        module: 5001 bytes, sum 9
        module: 2 bytes, sum 32

        """)
    #expect(result.status == 0)
  }

  @Test(arguments: [0, 1, 42, 123])
  func exitStatusIsTheCommands(status: Int) throws {
    #expect(try run("exit-status", "--cmdline", "\(status)").status == Int32(status))
  }

  @Test func aStatusThatIsPVHsOwnIsReportedAsTheLargest() throws {
    let result = try run("exit-status", "--cmdline", "200")
    #expect(result.status == 123)
    #expect(result.errors.contains("exited with 200"))
  }

  @Test func aThrownErrorIsPrintedAndTheStatusIsOne() throws {
    let result = try run("exit-status")
    #expect(result.text == "error: no status was asked for\n")
    #expect(result.status == 1)
  }

  @Test func xenstoreKeepsNotesAndTellsOfChanges() throws {
    let result = try run("xenstore")
    #expect(
      result.text == """
        data/greeting = hello from domain 1
        data/nothing is not there
        children: 40
        children: 0
        long: 2000
        changed: data/watched/below
        then nothing
        error: xenstore: writing /local/domain/0/name: EACCES

        """)
    #expect(result.status == 1)
  }

  @Test func timeRunsForwardAndSleepLasts() throws {
    let before = Int(Date().timeIntervalSince1970)
    let result = try run("time")
    #expect(result.status == 0)
    let numbers = result.text.split { !$0.isNumber }.compactMap { Int($0) }.filter { $0 != 1970 }
    try #require(numbers.count == 2)
    #expect((before - 60...before + 120).contains(numbers[0]))
    #expect(numbers[1] >= 500)
  }

  @Test func aTimeLimitStopsAGuestThatNeverEnds() throws {
    let result = try run("spin", "--timeout", "2")
    #expect(result.text == "spinning\n")
    #expect(result.status == 124)
    #expect(result.errors.contains("time limit"))
  }

  /// The bytes that the flood guest prints.
  private func expectedFlood() -> Data {
    var state: UInt32 = 1
    var expected = Data()
    while expected.count < 1 << 20 {
      let count = min(1 << 20 - expected.count, Int(state % 5000) + 1)
      for _ in 0..<count {
        state = state &* 1_664_525 &+ 1_013_904_223
        expected.append(UInt8(truncatingIfNeeded: state >> 24))
      }
    }
    return expected
  }
}

/// A module that begins as a gzip file.
enum PackedModule: CaseIterable {
  case quicklyPacked
  case wellPacked
  case largerThanItsContent
  case ofTwoMembers
  case followedByText
  case cutOff
  case largerThanTheDomain

  /// Its bytes.
  func content(in folder: ScratchFolder) throws -> Data {
    let plain = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0) })
    switch self {
    case .quicklyPacked: return try gzip(plain, "-1", folder)
    case .wellPacked: return try gzip(plain, "-9", folder)
    case .largerThanItsContent: return try gzip(plain.prefix(2), "-9", folder)
    case .ofTwoMembers:
      return try gzip(plain, "-9", folder) + gzip(plain.prefix(300), "-9", folder)
    // libxenguest takes the last four bytes for the size of the content.
    case .followedByText: return try gzip(plain, "-9", folder) + Data("bytes more\n".utf8)
    case .cutOff: return try gzip(plain, "-9", folder).prefix(100) + Data([0, 0, 1, 0])
    case .largerThanTheDomain: return try gzip(Data(count: 20 << 20), "-9", folder)
    }
  }

  private func gzip(_ content: Data, _ level: String, _ folder: ScratchFolder) throws -> Data {
    let file = try folder.file("content", content)
    let gzip = try PVHCommand(["gzip", "-f", level, file], program: URL(filePath: "/usr/bin/env"))
    try #require(gzip.finish().status == 0)
    return try Data(contentsOf: URL(filePath: file + ".gz"))
  }
}
