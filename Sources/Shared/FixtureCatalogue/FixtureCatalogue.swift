// SPDX-License-Identifier: Apache-2.0

/// All fixtures.
public enum FixtureCatalogue {
  /// All of them, by subject.
  public static var all: [FixtureDescription] {
    [
      .idle, .helloExit, .end, .tripleFault, .fault, .watchdog, .halt, .shutdownAck,
      .shutdownIgnore, .shutdownAckNever, .shutdownSlow, .shutdownRefuse, .rebootLoop,
      .noXenstore, .noConsole,
      .report, .spin, .dutyCycle, .memoryTouch, .memoryHog, .balloon, .clock,
      .consoleEcho, .consoleFlood, .consoleBinary, .consoleNoReader, .consoleHostile,
      .xsReader, .xsWrite, .xsWatchHold, .xsTxHold, .xsFill, .xsStorm, .xsHostile, .xsLate,
      .xsConformance,
    ]
  }

  /// The one of some names that is most like a name with a mistake in it; nil if none is much like it.
  ///
  /// - Parameters:
  ///   - name: What was typed, as UTF-8.
  ///   - names: What there is, as UTF-8.
  /// - Returns: A position in `names`.
  public static func nearest(to name: [UInt8], in names: [[UInt8]]) -> Int? {
    var best: (position: Int, distance: Int)?
    for (position, candidate) in names.enumerated() {
      let distance = distance(name, candidate)
      if distance < best?.distance ?? .max { best = (position, distance) }
    }
    guard let best, best.distance <= max(2, name.count / 3) else { return nil }
    return best.position
  }

  /// How many bytes have to be changed, added or left out to get from one to the other.
  private static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
    var row = Array(0...second.count)
    for (line, byte) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for column in second.indices {
        let above = row[column + 1]
        row[column + 1] = min(
          min(above, row[column]) + 1, diagonal + (byte == second[column] ? 0 : 1))
        diagonal = above
      }
    }
    return row[second.count]
  }
}
