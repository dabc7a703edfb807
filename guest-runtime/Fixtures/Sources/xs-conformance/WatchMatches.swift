// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime
import XenABI

/// WA: which change makes which watch fire.
extension Case {
  static var watchMatches: [Case] {
    [
      Case("WA-06", .mandatory, .text, "a change of a child fires, with the child's path") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "t")
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("WA-07", .mandatory, .text, "a change of a grandchild fires, with its path") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x/y"), "1").ok()
        try bench.watchQuietly(bench.folder, "t")
        try bench.write(bench.at("x/y"), "2").ok()
        try bench.expectEvent(bench.at("x/y"), "t")
        return .pass
      },
      Case("WA-08", .declared, .text, "whether a change of a sibling or of the parent fires") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a/watched"), "1").ok()
        try bench.write(bench.at("a/sibling"), "1").ok()
        try bench.watchQuietly(bench.at("a/watched"), "t")
        try bench.write(bench.at("a/sibling"), "2").ok()
        try bench.write(bench.at("a"), "2").ok()
        return .measured(fired(try bench.events()))
      },
      Case("WA-09", .declared, .text, "whether a change of a/bc fires a watch of a/b") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.at("b"), "t")
        try bench.write(bench.at("bc"), "1").ok()
        return .measured(fired(try bench.events()))
      },
      Case("WA-10", .mandatory, .text, "a relative watch gives relative paths") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "t")
        try bench.write(bench.absolute(bench.at("x")), "1").ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("WA-11", .mandatory, .text, "an absolute watch gives absolute paths") {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.absolute(bench.folder), "t")
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectEvent(bench.absolute(bench.at("x")), "t")
        return .pass
      },
      Case("WA-18", .mandatory, .text, "removal of the parent fires, with the watch's own path") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("a/b"), "1").ok()
        try bench.watchQuietly(bench.at("a/b"), "t")
        try bench.remove(bench.at("a")).ok()
        try bench.expectEvent(bench.at("a/b"), "t")
        return .pass
      },
      Case("WA-19", .mandatory, .text, "removal of the watched node fires") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.watchQuietly(bench.at("x"), "t")
        try bench.remove(bench.at("x")).ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("WA-20", .declared, .text, "whether a write of the same value fires") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.watchQuietly(bench.at("x"), "t")
        try bench.write(bench.at("x"), "1").ok()
        return .measured(fired(try bench.events()))
      },
      Case("WA-21", .declared, .daemons, "whether MKDIR of a node that exists fires") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.watchQuietly(bench.at("x"), "t")
        try bench.make(bench.at("x")).ok()
        return .measured(fired(try bench.events()))
      },
      Case("WA-22", .mandatory, .text, "a change of permissions fires") {
        (bench: Bench) throws(CaseEnd) in
        try bench.write(bench.at("x"), "1").ok()
        try bench.watchQuietly(bench.at("x"), "t")
        try bench.setPermissions(bench.at("x"), "n\(bench.domain)\0r0\0").ok()
        try bench.expectEvent(bench.at("x"), "t")
        return .pass
      },
      Case("WA-24", .mandatory, .text, "a transaction of three writes fires for each of the nodes")
      {
        (bench: Bench) throws(CaseEnd) in
        try bench.watchQuietly(bench.folder, "t")
        let id = try bench.begin()
        let names: [GuestText] = ["one", "two", "three"]
        for name in names { try bench.write(bench.at(name), "1", in: id).ok() }
        try bench.end(id).ok()
        let seen = try bench.events(for: 500)
        for name in names {
          try require(
            seen.contains { $0.path == bench.at(name).bytes }, "no event for \(name) in 0.5 s")
        }
        return .pass
      },
      Case("WA-32", .mandatory, .text, "a depth of 0 or 1 limits a watch to as many levels") {
        (bench: Bench) throws(CaseEnd) in
        try depth(bench)
        for depth in 0...1 {
          try bench.ask(.watch, "\(bench.folder)\0t\0\(depth)\0").ok()
          try bench.expectEvent(bench.folder, "t")
          try bench.write(bench.at("x\(depth)/y"), "1").ok()
          let seen = try bench.events(for: 300)
          try require(
            seen.contains { $0.path == bench.at("x\(depth)").bytes } == (depth == 1),
            "a child's change, with depth \(depth)")
          try require(
            !seen.contains { $0.path == bench.at("x\(depth)/y").bytes },
            "a grandchild fired with depth \(depth)")
          try bench.unwatch(bench.folder, "t").ok()
        }
        return .pass
      },
      Case("WA-33", .declared, .daemons, "what becomes of the depths -1 and x") {
        (bench: Bench) throws(CaseEnd) in
        let negative = try bench.ask(.watch, "\(bench.folder)\0a\0-1\0").word
        let letter = try bench.ask(.watch, "\(bench.folder)\0b\0x\0").word
        return .measured("\(negative), \(letter)")
      },
      Case("WA-36", .shared, .daemons, "a watch of the root is told of the guest's own nodes") {
        (bench: Bench) throws(CaseEnd) in
        let reply = try bench.watch("/", "t")
        if reply.isError("EACCES") { return .measured("EACCES") }
        try reply.ok()
        try bench.expectEvent("/", "t")
        try bench.write(bench.at("x"), "1").ok()
        try bench.expectEvent(bench.absolute(bench.at("x")), "t")
        return .pass
      },
    ]
  }

  /// Ends a case that needs the third parameter of WATCH, where it is not offered.
  private static func depth(_ bench: Bench) throws(CaseEnd) {
    guard bench.word(XenstorePageLayout.serverFeatures) & 4 != 0 else {
      throw .skipped("feature bit 2, the depth of watches, is not offered")
    }
  }

  private static func fired(_ events: [WatchEvent]) -> GuestText {
    events.isEmpty ? "no event" : "event"
  }
}
