// SPDX-License-Identifier: Apache-2.0

/// Fixtures that use a known amount of something.
extension FixtureDescription {
  private static var deaf: FixtureParameter {
    .choice("deaf", ["0", "1"], "1 to answer no request to shut down")
  }

  /// Uses a CPU.
  public static var spin: FixtureDescription {
    FixtureDescription("spin", "Uses one CPU entirely.", end: .onRequest, parameters: [deaf])
  }

  /// Uses a part of a CPU.
  public static var dutyCycle: FixtureDescription {
    FixtureDescription(
      "duty-cycle", "Uses a part of one CPU.", end: .onRequest,
      parameters: [
        .number("percent", 50, in: 0...100, "the part"),
        .number("period", 100, in: 1...60_000, "milliseconds of one turn"), deaf,
      ])
  }

  /// Writes to all of its memory.
  public static var memoryTouch: FixtureDescription {
    FixtureDescription(
      "memory-touch", "Writes a pattern to all free memory, and reads it back.", end: .powerOff,
      hasVerdict: true,
      parameters: [
        .choice("pattern", ["address", "zero", "ones", "alternate"], "what is written"),
        .choice("hold", ["0", "1"], "1 to keep the memory until it is asked to stop"),
      ])
  }

  /// Writes to its memory at a known rate.
  public static var memoryHog: FixtureDescription {
    FixtureDescription(
      "memory-hog", "Keeps memory, and writes to a known number of its pages each second.",
      end: .onRequest, memoryMiB: 16,
      parameters: [
        .number("mib", 8, in: 1...1_048_576, "MiB that it keeps"),
        .number("dirty", 0, in: 0...100_000_000, "pages written each second, in turn"),
      ])
  }

  /// Follows its target, or not.
  public static var balloon: FixtureDescription {
    FixtureDescription(
      "balloon", "Gives memory back to Xen, and takes it again, as memory/target says.",
      end: .onRequest, memoryMiB: 16,
      parameters: [
        .choice(
          "mode", ["follow", "slow", "refuse", "lie"],
          "at once, 64 pages each second, never, or only saying so in data/balloon")
      ])
  }

  /// Compares its clocks.
  public static var clock: FixtureDescription {
    FixtureDescription(
      "clock", "Prints Xen's time, the time of day and the time-stamp counter.", end: .onRequest,
      parameters: [
        .number("every", 1000, in: 1...3_600_000, "milliseconds between lines"),
        .number("lines", 0, in: 0...1_000_000_000, "lines until it powers off; 0 for no end"),
      ])
  }

  /// Says what it was given.
  public static var report: FixtureDescription {
    FixtureDescription(
      "report", "Prints what its launcher gave it, as JSON, and judges it.", end: .powerOff,
      hasVerdict: true, takesOtherText: true,
      parameters: [
        .choice("hash", ["1", "0"], "whether modules are given SHA-256 sums"),
        .text(
          "want-cmdline", "", "the SHA-256 of the command line before the space and this word"),
        .number("want-memory", 0, in: 0...16_777_216, "MiB of RAM that there should be"),
        .number("want-modules", 999, in: 0...998, "how many modules there should be"),
      ])
  }
}
