// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How long a guest may run.
struct TimeLimitOption: ParsableArguments {
  @Option(help: "Seconds after which the domain is destroyed.")
  var timeout: Double?

  /// Refuses what is no time.
  func validate() throws {
    if let timeout { try Seconds.check(timeout) }
  }
}
