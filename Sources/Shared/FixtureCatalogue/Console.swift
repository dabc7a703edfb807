// SPDX-License-Identifier: Apache-2.0

/// Fixtures for console daemons.
extension FixtureDescription {
  /// Sends back what it gets.
  public static var consoleEcho: FixtureDescription {
    FixtureDescription(
      "console-echo", "Sends input back; at an EOT byte it prints count and SHA-256, and ends.",
      end: .powerOff)
  }

  /// Prints much.
  public static var consoleFlood: FixtureDescription {
    FixtureDescription(
      "console-flood", "Prints a stream of letters that follows from its seed.", end: .powerOff,
      parameters: [
        .number("bytes", 1_048_576, in: 0...1_099_511_627_776, "how long the stream is"),
        .number("rate", 0, in: 0...1_000_000_000, "bytes each second; 0 for as fast as it goes"),
        .number("seed", 1, in: 1...4_294_967_295, "where the stream begins"),
      ])
  }

  /// Prints all bytes.
  public static var consoleBinary: FixtureDescription {
    FixtureDescription(
      "console-binary", "Prints all 256 byte values, and checks that the same come back.",
      end: .powerOff, hasVerdict: true,
      parameters: [
        .number("within", 10_000, in: 1...3_600_000, "milliseconds to wait for input")
      ])
  }

  /// Does not read.
  public static var consoleNoReader: FixtureDescription {
    FixtureDescription(
      "console-no-reader", "Never takes input from its console, and prints a line each second.",
      end: .onRequest)
  }

  /// Breaks the protocol.
  public static var consoleHostile: FixtureDescription {
    FixtureDescription(
      "console-hostile", "Puts impossible indices into its console's page, and powers off.",
      end: .powerOff,
      parameters: [
        .choice(
          "case", ["output-ahead", "output-behind", "input-ahead", "all-ones", "storm"],
          "out_prod too far ahead, out_prod before out_cons, in_cons after in_prod, a page of 0xff, events without end"
        ),
        .number("after", 2000, in: 0...3_600_000, "milliseconds from the deed to the end"),
      ])
  }
}
