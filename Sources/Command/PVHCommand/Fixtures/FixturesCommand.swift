// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FixtureCatalogue
import HostJSON
import HostSystem
import SystemPackage

/// `pvh fixtures`: the guests of known behaviour.
struct FixturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixtures",
    abstract: "Lists the guests of known behaviour, for tests of other programs.",
    discussion: """
      They are images like any other, and need no pvh: docs/fixtures.md says how they are told what to do, \
      and what they say.

      Examples:
        pvh fixtures
        pvh fixtures xs-fill            one, with its parameters
        pvh fixtures --json --images guest-runtime/Fixtures/.build/pvh
      """)

  @Argument(help: "One of them.")
  var name: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Option(
    help: "With --json: the folder of the images, for their sizes and sums.",
    completion: .directory)
  var images: String?

  func validate() throws {
    if images != nil, !json { throw ValidationError("--images requires --json") }
  }

  func run() throws {
    let chosen = FixtureCatalogue.all.filter(try wanted())
    if json {
      let entries = try chosen.map { try FixtureListing($0).json(images: images) }
      let list = JSONValue.object([
        JSONMember("version", .integer(1)), JSONMember("fixtures", .array(entries)),
      ])
      return try Terminal.write(list.serialisedForPeople())
    }
    if name != nil {
      for line in FixtureListing(chosen[0]).lines { try Terminal.write(line) }
      return
    }
    var table = TextTable(["NAME", "ENDS", "BEHAVIOUR"])
    for fixture in chosen {
      table.add(["\(fixture.name)", "\(fixture.end.word)", "\(fixture.behaviour)"])
    }
    for line in table.lines(.standardOutput, flexible: 2) { try Terminal.write(line) }
  }

  private func wanted() throws(Problem) -> (FixtureDescription) -> Bool {
    guard let name else { return { _ in true } }
    let names = FixtureCatalogue.all.map { "\($0.name)" }
    guard names.contains(name) else {
      let nearest = FixtureCatalogue.nearest(
        to: Array(name.utf8), in: names.map { Array($0.utf8) })
      throw Problem(
        "there is no fixture \"\(name)\"; "
          + (nearest.map { "is it \(names[$0])?" } ?? "pvh fixtures lists them"), status: .usage)
    }
    return { "\($0.name)" == name }
  }
}

/// What is said of one fixture.
struct FixtureListing {
  private let fixture: FixtureDescription

  init(_ fixture: FixtureDescription) { self.fixture = fixture }

  /// For people.
  var lines: [String] {
    var lines = [
      "\(fixture.name)", "  \(fixture.behaviour)", "  Ends: \(fixture.end.word).",
      "  Memory: \(fixture.memoryMiB) MiB or more.",
    ]
    for parameter in fixture.parameters {
      lines.append("  \(parameter.name)=\(parameter.values)")
      lines.append("      \(parameter.meaning); default: \(parameter.standard)")
    }
    return lines
  }

  /// For programs: the schema is in `docs/fixtures.md`.
  func json(images: String?) throws(Problem) -> JSONValue {
    var members = [
      JSONMember("name", .string("\(fixture.name)")),
      JSONMember("behaviour", .string("\(fixture.behaviour)")),
      JSONMember("end", .string("\(fixture.end.word)")),
      JSONMember("verdict", .boolean(fixture.hasVerdict)),
      JSONMember("needs", .array(fixture.needs.words.map { .string($0) })),
      JSONMember("memory_min_mib", .integer(fixture.memoryMiB)),
      JSONMember("vcpus", .integer(1)),
      JSONMember("parameters", .array(fixture.parameters.map(\.json))),
    ]
    if let images {
      let path = FilePath(images).appending("\(fixture.name).pvh")
      let bytes: [UInt8]
      do {
        bytes = try File.read(path, limit: 64 << 20)
      } catch {
        throw Problem(
          "\(error.message); pvh build --package-path guest-runtime/Fixtures makes the images")
      }
      var sum = SHA256()
      for byte in bytes { sum.add(byte) }
      members += [
        JSONMember("size", .integer(bytes.count)),
        JSONMember("sha256", .string(String(decoding: sum.digits(), as: UTF8.self))),
      ]
    }
    return .object(members)
  }
}

extension FixtureNeeds {
  fileprivate var words: [String] {
    [(Self.console, "console"), (.xenstore, "xenstore")].filter { contains($0.0) }.map(\.1)
  }
}

extension FixtureParameter {
  /// The value that holds when none is given.
  var standard: String {
    switch kind {
    case .number(let standard, _, _): "\(standard)"
    case .numberOrMaximum: "max"
    case .choice(let words): "\(words[0])"
    case .text(let standard): standard.utf8CodeUnitCount == 0 ? "nothing" : "\(standard)"
    }
  }

  /// What it can be, for people.
  var values: String {
    switch kind {
    case .number(_, let least, let most): "\(least)...\(most)"
    case .numberOrMaximum(let most): "0...\(most)|max"
    case .choice(let words): words.map { "\($0)" }.joined(separator: "|")
    case .text: "TEXT"
    }
  }

  fileprivate var json: JSONValue {
    var members = [JSONMember("name", .string("\(name)"))]
    func number(_ value: UInt64) -> JSONValue {
      Int(exactly: value).map { .integer($0) } ?? .large(value)
    }
    switch kind {
    case .number(let standard, let least, let most):
      members += [
        JSONMember("type", .string("number")), JSONMember("default", number(standard)),
        JSONMember("least", number(least)), JSONMember("most", number(most)),
      ]
    case .numberOrMaximum(let most):
      members += [
        JSONMember("type", .string("number-or-max")), JSONMember("default", .string("max")),
        JSONMember("least", .integer(0)), JSONMember("most", number(most)),
      ]
    case .choice(let words):
      members += [
        JSONMember("type", .string("choice")), JSONMember("default", .string("\(words[0])")),
        JSONMember("words", .array(words.map { .string("\($0)") })),
      ]
    case .text(let standard):
      members += [
        JSONMember("type", .string("text")), JSONMember("default", .string("\(standard)")),
      ]
    }
    return .object(members + [JSONMember("meaning", .string("\(meaning)"))])
  }
}
