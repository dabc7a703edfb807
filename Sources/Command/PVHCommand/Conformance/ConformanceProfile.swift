// SPDX-License-Identifier: Apache-2.0

import FixtureVerdicts
import HostJSON
import SystemPackage

/// What a daemon or toolstack answered where it may choose, by the ids of the cases.
struct ConformanceProfile: Equatable {
  /// Who answered, and the version: "oxenstored-4.17".
  let name: String
  let answers: [String: String]

  /// What a report has measured.
  init(_ report: VerdictReport) {
    name = "here"
    var answers: [String: String] = [:]
    for item in report.cases where item.result == .pass { answers[item.id] = item.answer }
    self.answers = answers
  }

  /// Reads a file.
  init(named name: String, _ bytes: [UInt8], file: FilePath) throws(Problem) {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: bytes)
    } catch {
      throw Problem("\(file) is no profile: \(error)")
    }
    guard case .object(let members)? = value["answers"] else {
      throw Problem("\(file) is no profile: it has no object \"answers\"")
    }
    var answers: [String: String] = [:]
    for member in members {
      guard case .string(let answer) = member.value else {
        throw Problem("\(file) is no profile: the answer \"\(member.key)\" is no text")
      }
      answers[member.key] = answer
    }
    self.name = name
    self.answers = answers
  }

  /// The profile as a file has it.
  var json: JSONValue {
    .object([
      JSONMember(
        "answers",
        .object(answers.sorted { $0.key < $1.key }.map { JSONMember($0.key, .string($0.value)) }))
    ])
  }

  /// Where the other one, as far as both have measured, answered something else.
  func differences(from other: ConformanceProfile) -> [String] {
    answers.keys.filter { id in other.answers[id].map { $0 != answers[id] } ?? false }.sorted()
  }

  /// The one of several that answers most like this one: with the fewest differences, and of those the one that
  /// answers the most of the same cases.
  func nearest(of profiles: [ConformanceProfile]) -> ConformanceProfile? {
    func distance(_ other: ConformanceProfile) -> (Int, Int) {
      (differences(from: other).count, -answers.keys.count { other.answers[$0] != nil })
    }
    return profiles.min { distance($0) < distance($1) }
  }
}
