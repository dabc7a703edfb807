// SPDX-License-Identifier: Apache-2.0

/// What a fixture promises: a guest of known behaviour, for tests of toolstacks and daemons.
///
/// The guest reads its own description for its parameters, the host side all of them for
/// `fixtures.json`.
public struct FixtureDescription: Sendable {
  /// The name of its image. It never changes.
  public let name: StaticString
  /// One sentence.
  public let behaviour: StaticString
  /// How its domain ends if nobody destroys it.
  public let end: FixtureEnd
  /// Whether its last lines are a verdict on what it was run against.
  public let hasVerdict: Bool
  /// What it needs of the domain to do what it is for.
  public let needs: FixtureNeeds
  /// The least memory of its domain, in MiB.
  public let memoryMiB: Int
  /// Whether its command line may say other things besides.
  public let takesOtherText: Bool
  /// What it can be told.
  public let parameters: [FixtureParameter]

  /// A description with the usual needs.
  public init(
    _ name: StaticString, _ behaviour: StaticString, end: FixtureEnd, hasVerdict: Bool = false,
    needs: FixtureNeeds = [.console, .xenstore], memoryMiB: Int = 4, takesOtherText: Bool = false,
    parameters: [FixtureParameter] = []
  ) {
    self.name = name
    self.behaviour = behaviour
    self.end = end
    self.hasVerdict = hasVerdict
    self.needs = needs
    self.memoryMiB = memoryMiB
    self.takesOtherText = takesOtherText
    self.parameters = parameters
  }
}

/// How the domain of a fixture ends.
public enum FixtureEnd: Equatable, Sendable {
  /// By itself, with `SHUTDOWN_poweroff`.
  case powerOff
  /// By itself, with `SHUTDOWN_reboot`.
  case reboot
  /// By itself, with `SHUTDOWN_crash`.
  case crash
  /// By itself, with `SHUTDOWN_watchdog`.
  case watchdog
  /// With the reason that a parameter names.
  case asTold
  /// When the toolstack asks for it.
  case onRequest
  /// Never: it has to be destroyed.
  case never

  /// As `fixtures.json` has it.
  public var word: StaticString {
    switch self {
    case .powerOff: "poweroff"
    case .reboot: "reboot"
    case .crash: "crash"
    case .watchdog: "watchdog"
    case .asTold: "as-told"
    case .onRequest: "on-request"
    case .never: "never"
    }
  }
}

/// What a fixture needs of its domain.
public struct FixtureNeeds: OptionSet, Sendable {
  /// The set as bits.
  public let rawValue: UInt8

  /// The set of some bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A console daemon.
  public static var console: FixtureNeeds { FixtureNeeds(rawValue: 1) }
  /// A xenstore daemon.
  public static var xenstore: FixtureNeeds { FixtureNeeds(rawValue: 2) }
}

/// One thing that a fixture can be told: by `NAME=VALUE` on its command line, or in xenstore's
/// `data/pvh/NAME`.
public struct FixtureParameter: Sendable {
  /// Letters, digits and hyphens.
  public let name: StaticString
  /// What values there are.
  public let kind: Kind
  /// What it means, without a full stop.
  public let meaning: StaticString

  /// The values of a parameter, and the one that holds when it is not given.
  public enum Kind: Sendable {
    /// A decimal number.
    case number(UInt64, UInt64, UInt64)
    /// A decimal number, or "max": as far as it goes, which is the default.
    case numberOrMaximum(UInt64)
    /// One of some words; the first is the default.
    case choice([StaticString])
    /// Any text without spaces.
    case text(StaticString)
  }

  /// A number within limits.
  public static func number(
    _ name: StaticString, _ standard: UInt64, in limits: ClosedRange<UInt64>,
    _ meaning: StaticString
  ) -> FixtureParameter {
    FixtureParameter(
      name: name, kind: .number(standard, limits.lowerBound, limits.upperBound),
      meaning: meaning)
  }

  /// A number from 0 on, or "max".
  public static func numberOrMaximum(
    _ name: StaticString, upTo limit: UInt64, _ meaning: StaticString
  ) -> FixtureParameter {
    FixtureParameter(name: name, kind: .numberOrMaximum(limit), meaning: meaning)
  }

  /// One of some words; the first is the default.
  public static func choice(
    _ name: StaticString, _ words: [StaticString], _ meaning: StaticString
  ) -> FixtureParameter {
    FixtureParameter(name: name, kind: .choice(words), meaning: meaning)
  }

  /// Text without spaces.
  public static func text(
    _ name: StaticString, _ standard: StaticString, _ meaning: StaticString
  ) -> FixtureParameter {
    FixtureParameter(name: name, kind: .text(standard), meaning: meaning)
  }
}
