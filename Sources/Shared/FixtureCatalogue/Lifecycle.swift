// SPDX-License-Identifier: Apache-2.0

/// Fixtures for what a toolstack does with a domain's life.
extension FixtureDescription {
  private static var after: FixtureParameter {
    .number("after", 0, in: 0...86_400_000, "milliseconds from ready to the end")
  }

  /// Sleeps.
  public static var idle: FixtureDescription {
    FixtureDescription(
      "idle", "Sleeps until it is asked to stop.", end: .onRequest, memoryMiB: 1,
      parameters: [
        .number("beat", 0, in: 0...3_600_000, "milliseconds between lines; 0 for none")
      ])
  }

  /// Ends with a status.
  public static var helloExit: FixtureDescription {
    FixtureDescription(
      "hello-exit", "Prints a line and powers off with an exit status.", end: .powerOff,
      parameters: [.number("code", 0, in: 0...255, "the exit status"), after])
  }

  /// Ends in each way that there is.
  public static var end: FixtureDescription {
    FixtureDescription(
      "end", "Ends its domain with one shutdown reason.", end: .asTold,
      parameters: [
        .choice(
          "how", ["poweroff", "reboot", "suspend", "crash", "watchdog"],
          "the reason that SCHEDOP_shutdown is given"),
        after,
      ])
  }

  /// Faults without a handler.
  public static var tripleFault: FixtureDescription {
    FixtureDescription(
      "triple-fault", "Faults with an empty interrupt table, which Xen takes for a reboot.",
      end: .reboot, parameters: [after])
  }

  /// Faults, and reports it.
  public static var fault: FixtureDescription {
    FixtureDescription(
      "fault", "Takes an exception, reports it on the console, and ends as crashed.", end: .crash,
      parameters: [
        .choice(
          "kind", ["ud", "pf", "gp", "de", "nx", "stack"],
          "invalid opcode, page fault, general protection, division, no-execute, stack overflow"),
        after,
      ])
  }

  /// Is ended by Xen.
  public static var watchdog: FixtureDescription {
    FixtureDescription(
      "watchdog", "Arms Xen's watchdog, feeds it, and stops feeding it.", end: .watchdog,
      parameters: [
        .number("timeout", 2, in: 1...3600, "seconds until the watchdog ends the domain"),
        .number("feed", 0, in: 0...1_000_000, "how often it is fed, at half of its time"),
      ])
  }

  /// Is deaf.
  public static var halt: FixtureDescription {
    FixtureDescription(
      "halt", "Sleeps for ever: it uses no CPU and answers nothing.", end: .never,
      parameters: [
        .choice(
          "how", ["block", "hlt"],
          "in Xen, or by HLT with interrupts off, which Xen takes for a power-off")
      ])
  }

  /// Is polite.
  public static var shutdownAck: FixtureDescription {
    FixtureDescription(
      "shutdown-ack", "Acknowledges a request to shut down, and ends as it was asked to.",
      end: .onRequest)
  }

  /// Is not.
  public static var shutdownIgnore: FixtureDescription {
    FixtureDescription(
      "shutdown-ignore", "Offers to shut down, prints each request, and does nothing.",
      end: .never)
  }

  /// Only acknowledges.
  public static var shutdownAckNever: FixtureDescription {
    FixtureDescription(
      "shutdown-ack-never", "Acknowledges requests to shut down, and goes on.", end: .never)
  }

  /// Takes its time.
  public static var shutdownSlow: FixtureDescription {
    FixtureDescription(
      "shutdown-slow", "Acknowledges a request to shut down, and ends later.", end: .onRequest,
      parameters: [.number("seconds", 5, in: 0...3600, "from the request to the end")])
  }

  /// Says that it cannot.
  public static var shutdownRefuse: FixtureDescription {
    FixtureDescription(
      "shutdown-refuse", "Does not offer to shut down, and does nothing when it is asked.",
      end: .never,
      parameters: [
        .choice(
          "feature", ["0", "none", "late"],
          "feature nodes that say 0, that stay as they are, or that say 1 after a while"),
        .number("after", 2000, in: 0...3_600_000, "milliseconds until late"),
      ])
  }

  /// Comes again and again.
  public static var rebootLoop: FixtureDescription {
    FixtureDescription(
      "reboot-loop", "Reboots until it is told that it has done so often enough; then powers off.",
      end: .reboot,
      parameters: [
        .number("n", 3, in: 0...1000, "how many reboots there are before it powers off"),
        .number("boots", 0, in: 0...1000, "how many there were: the new domain cannot know"),
        .number(
          "after", 0, in: 0...86_400_000,
          "milliseconds to wait for data/pvh/boots to be written after the start"),
      ])
  }

  /// Has no use for xenstore.
  public static var noXenstore: FixtureDescription {
    FixtureDescription(
      "no-xenstore", "Never writes to xenstore's page, and powers off.", end: .powerOff,
      needs: [.console], parameters: [after])
  }

  /// Has no use for the console.
  public static var noConsole: FixtureDescription {
    FixtureDescription(
      "no-console", "Never writes to the console's page, and powers off.", end: .powerOff,
      needs: [.xenstore], parameters: [after])
  }
}
