// SPDX-License-Identifier: Apache-2.0

import FixtureSupport
import GuestRuntime

/// One case: a statement about xenstored, and the code that looks.
///
/// Its id is its name for ever; what is expected changes only with a new id.
struct Case {
  let id: StaticString
  let level: Level
  /// What is true of a daemon that passes; of a case that measures, what is measured.
  let statement: StaticString
  /// Where that is written, or who behaves so.
  let source: Source
  /// Whether the connection, or the daemon, may be lost by it.
  let isHostile: Bool
  let run: (Bench) throws(CaseEnd) -> CaseLog.Result

  /// How much a failure weighs.
  enum Level {
    /// A sentence of a specification.
    case mandatory
    /// All known daemons agree, and callers depend on it.
    case shared
    /// Measured: each answer is right.
    case declared
    /// Hostile: the daemon has to go on, and to serve others.
    case hostile

    var letter: StaticString {
      switch self {
      case .mandatory: "M"
      case .shared: "S"
      case .declared: "D"
      case .hostile: "X"
      }
    }
  }

  /// Where a statement comes from.
  enum Source {
    /// `docs/misc/xenstore.txt`
    case text
    /// `docs/misc/xenstore-ring.txt`
    case ring
    /// `docs/misc/xenstore-paths.pandoc`
    case paths
    /// `xen/include/public/io/xs_wire.h`
    case wire
    /// What the daemons do.
    case daemons

    var name: StaticString {
      switch self {
      case .text: "xenstore.txt"
      case .ring: "xenstore-ring.txt"
      case .paths: "xenstore-paths.pandoc"
      case .wire: "xs_wire.h"
      case .daemons: "daemons"
      }
    }
  }

  init(
    _ id: StaticString, _ level: Level, _ source: Source, _ statement: StaticString,
    isHostile: Bool = false, _ run: @escaping (Bench) throws(CaseEnd) -> CaseLog.Result
  ) {
    self.id = id
    self.level = level
    self.source = source
    self.statement = statement
    self.isHostile = isHostile
    self.run = run
  }

  /// All of them, in the order of their groups.
  static var all: [Case] {
    framing + ring + paths + reading + listing + permissions + foreignPermissions + transactions
      + conflicts + watches + watchMatches + foreignWatches + quotas + privileges + features
      + hostile
  }
}
