// SPDX-License-Identifier: Apache-2.0

/// Fixtures for xenstore daemons.
extension FixtureDescription {
  /// Watches.
  public static var xsReader: FixtureDescription {
    FixtureDescription(
      "xs-reader", "Watches a path, and prints what is there after each change.", end: .onRequest,
      parameters: [.text("path", "data/watched", "the path, relative to its own or absolute")])
  }

  /// Writes.
  public static var xsWrite: FixtureDescription {
    FixtureDescription(
      "xs-write", "Writes a value again and again.", end: .onRequest,
      parameters: [
        .text("path", "data/beat", "the path"),
        .text("value", "", "the value; empty for a count from 1"),
        .number("every", 1000, in: 1...3_600_000, "milliseconds between writes"),
      ])
  }

  /// Has many watches.
  public static var xsWatchHold: FixtureDescription {
    FixtureDescription(
      "xs-watch-hold", "Registers watches, says how many it got, and keeps them.",
      end: .onRequest,
      parameters: [.numberOrMaximum("n", upTo: 100_000, "how many")])
  }

  /// Has many transactions.
  public static var xsTxHold: FixtureDescription {
    FixtureDescription(
      "xs-tx-hold", "Opens transactions, says how many it got, and keeps them.",
      end: .onRequest,
      parameters: [.numberOrMaximum("n", upTo: 100_000, "how many")])
  }

  /// Has many nodes.
  public static var xsFill: FixtureDescription {
    FixtureDescription(
      "xs-fill", "Makes nodes under data/fill, and says where it had to stop and why.",
      end: .onRequest,
      parameters: [
        .numberOrMaximum("nodes", upTo: 1_000_000, "how many"),
        .number("size", 10, in: 0...4000, "bytes of each value"),
      ])
  }

  /// Is busy.
  public static var xsStorm: FixtureDescription {
    FixtureDescription(
      "xs-storm", "Sends requests of a known mix, and prints how long the answers took.",
      end: .powerOff,
      parameters: [
        .number("count", 1000, in: 1...100_000_000, "requests in all"),
        .number("rate", 0, in: 0...1_000_000, "requests each second; 0 for as fast as it goes"),
        .choice("mix", ["both", "read", "write", "transaction"], "what is asked for"),
      ])
  }

  /// Breaks the protocol.
  public static var xsHostile: FixtureDescription {
    FixtureDescription(
      "xs-hostile", "Breaks xenstore's protocol in one way, and powers off.", end: .powerOff,
      parameters: [
        .choice(
          "case", ["length", "request-ahead", "reply-ahead", "half", "unread", "storm"],
          "a payload of 4097 bytes, req_prod too far ahead, rsp_cons after rsp_prod, half a request, replies that nobody reads, events without end"
        ),
        .number("after", 2000, in: 0...3_600_000, "milliseconds from the deed to the end"),
      ])
  }

  /// Is introduced late.
  public static var xsLate: FixtureDescription {
    FixtureDescription(
      "xs-late", "Waits until xenstored serves its page, and checks that it does.",
      end: .powerOff, hasVerdict: true,
      parameters: [
        .number("within", 60_000, in: 1...3_600_000, "milliseconds to wait")
      ])
  }

  /// Judges the daemon.
  public static var xsConformance: FixtureDescription {
    FixtureDescription(
      "xs-conformance", "Runs the cases of the conformance suite against xenstored.",
      end: .powerOff, hasVerdict: true,
      parameters: [
        .text("only", "", "the cases to run, by id or beginning of id, with commas; empty for all"),
        .number("seed", 1, in: 0...4_294_967_295, "in which order; 0 for that of the ids"),
        .choice("peer", ["0", "1"], "1 if a second party in dom0 answers"),
        .choice("hostile", ["0", "1"], "1 for the cases that break the protocol"),
        .choice("selftest", ["0", "1"], "1 to see that cases find flaws that are put in by hand"),
      ])
  }
}
