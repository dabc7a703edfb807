// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// RW: the children of nodes.
extension Case {
  static var listing: [Case] {
    [
      Case(
        "RW-18", .mandatory, .text, "DIRECTORY gives the names of the children, a NUL after each"
      ) {
        (bench: Bench) throws(CaseEnd) in
        let names: [GuestText] = ["zeta", "alpha", "mid"]
        for name in names { try bench.write(bench.at(name), "1").ok() }
        let seen = try bench.list(bench.folder).value().strings()
        try require(
          seen.count == 3 && names.allSatisfy { seen.contains($0.bytes) },
          "there are \(seen.count) names: \(Array(seen.joined(separator: [44])))")
        return .measured("\(Array(seen.joined(separator: bytes(", ")))) after zeta, alpha, mid")
      },
      Case("RW-19", .mandatory, .text, "DIRECTORY of a node without children has length 0") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("leaf"), "1").ok()
        try bench.list(bench.at("leaf")).equals("")
        return .pass
      },
      Case("RW-20", .shared, .daemons, "DIRECTORY of a missing node gets ENOENT") {
        (bench: Bench) throws(CaseEnd) in
        try bench.list(bench.at("missing")).refused("ENOENT")
        return .pass
      },
      Case(
        "RW-21", .mandatory, .text,
        "DIRECTORY_PART from 0 gives a generation, the names of DIRECTORY, and an empty name"
      ) { (bench: Bench) throws(CaseEnd) in
        try children(bench)
        let whole = try bench.list(bench.folder).value()
        let part = try part(bench, 0)
        try require(
          part.names == whole + [0],
          "\(part.names.count) bytes, not DIRECTORY's \(whole.count) and a NUL")
        return .pass
      },
      Case(
        "RW-22", .mandatory, .text,
        "DIRECTORY_PART from each name's place gives the rest from there"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try children(bench)
        let whole = try bench.list(bench.folder).value()
        var offset = 0
        while offset < whole.count {
          let rest = try part(bench, offset)
          try require(
            rest.names == Array(whole[offset...]) + [0], "from \(offset) on it is another list")
          offset += whole[offset...].prefix { $0 != 0 }.count + 1
        }
        return .pass
      },
      Case("RW-23", .shared, .daemons, "DIRECTORY_PART from the end gives an empty name alone") {
        (bench: Bench) throws(CaseEnd) in
        try children(bench)
        let whole = try bench.list(bench.folder).value()
        let rest = try part(bench, whole.count)
        try require(rest.names == [0], "\(rest.names.count) bytes of names, not one NUL")
        return .pass
      },
      Case(
        "RW-24", .mandatory, .text, "the generation changes with a new child, and not without one"
      ) {
        (bench: Bench) throws(CaseEnd) in
        try children(bench)
        let first = try part(bench, 0).generation
        try require(try part(bench, 0).generation == first, "the generation changed by itself")
        try bench.write(bench.at("another"), "1").ok()
        try require(try part(bench, 0).generation != first, "the generation did not change")
        return .pass
      },
      Case(
        "RW-25", .mandatory, .text,
        "DIRECTORY of more names than fit gets E2BIG, and DIRECTORY_PART gives them all"
      ) { (bench: Bench) throws(CaseEnd) in
        let peer = try bench.secondParty()
        _ = try bench.ask(.directoryPart, "\(bench.folder)\00\0")
        let place = try peer.node("many", "", "n0 r\(bench.domain)")
        try peer.does("children \(place) 260")
        try bench.list(place).refused("E2BIG")
        var names: [UInt8] = []
        while true {
          let part = try part(bench, names.count, of: place)
          names += part.names
          if part.names.count >= 2, part.names.suffix(2) == [0, 0] { break }
          if part.names == [0] { break }
          try require(part.names.count > 1 && names.count < 10_000, "the list does not end")
        }
        let list = try Array(names.dropLast()).strings()
        try require(list.count == 260, "\(list.count) names, not 260")
        return .pass
      },
    ]
  }

  private static func children(_ bench: Bench) throws(CaseEnd) {
    for name: GuestText in ["one", "two", "three", "four"] {
      try bench.write(bench.at(name), "1").ok()
    }
  }

  /// What DIRECTORY_PART gives from an offset on.
  private static func part(
    _ bench: Bench, _ offset: Int, of path: GuestText? = nil
  ) throws(CaseEnd) -> (generation: [UInt8], names: [UInt8]) {
    let reply = try bench.ask(.directoryPart, "\(path ?? bench.folder)\0\(offset)\0")
    if reply.isError("ENOSYS") { throw .skipped("this daemon has no DIRECTORY_PART") }
    let list = try reply.value()
    guard let mark = list.firstIndex(of: 0), Array(list[..<mark]).decimal != nil else {
      throw .failed("DIRECTORY_PART does not begin with a number and a NUL")
    }
    return (Array(list[..<mark]), Array(list[(mark + 1)...]))
  }
}
