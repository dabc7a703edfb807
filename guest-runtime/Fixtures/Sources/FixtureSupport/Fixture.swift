// SPDX-License-Identifier: Apache-2.0

public import FixtureCatalogue
import GuestMachine
public import GuestRuntime

/// A guest of known behaviour.
///
/// Its lines on the console begin with `@pvh ` and are JSON after that; `ready` says that it is in the
/// state that it is for. The last line of one that ends by itself is `Test result:` and a word.
public protocol Fixture: Appliance {
  /// What it promises.
  static var about: FixtureDescription { get }

  /// Does it.
  ///
  /// - Parameters:
  ///   - guest: The domain.
  ///   - given: What it was told, checked.
  /// - Throws: `GuestError` if it cannot do what it is for; the result is then `ERROR`.
  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError)
}

extension Fixture {
  /// Reads the parameters, does what the fixture is for, and says how it went.
  public func run(_ guest: borrowing Guest) throws(GuestError) {
    do throws(GuestError) {
      let store = guest.xenstore
      let given = try GivenParameters(Self.about, guest.commandLine) { path throws(GuestError) in
        try store.value(of: path)
      }
      try perform(guest, given)
    } catch {
      Self.printing("error", guest.console) { $0.add("text", error.message.bytes) }
      Verdict.broken.end(guest)
    }
    Verdict.success.end(guest)
  }

  /// Says that the fixture is in the state that it is for.
  public func ready(_ guest: borrowing Guest, _ more: (inout JSONLine) -> Void = { _ in }) {
    Self.printing("ready", guest.console, more)
  }

  /// Says something.
  public func say(
    _ kind: StaticString, _ guest: borrowing Guest, _ more: (inout JSONLine) -> Void = { _ in }
  ) {
    Self.printing(kind, guest.console, more)
  }

  private static func printing(
    _ kind: StaticString, _ console: GuestConsole, _ more: (inout JSONLine) -> Void
  ) {
    var line = JSONLine(kind)
    line.add("fixture", about.name)
    more(&line)
    line.print(.console(console))
  }
}

/// How a run went: the word of its last line, and its exit status.
public enum Verdict {
  /// Everything was as it should be.
  case success
  /// Something was not.
  case failure
  /// The run says nothing, for a reason that was printed.
  case skip
  /// The fixture itself could not work.
  case broken

  /// The exit status, as Automake and Meson have them.
  private var status: UInt8 {
    switch self {
    case .success: 0
    case .failure: 1
    case .skip: 77
    case .broken: 99
    }
  }

  private var word: GuestText {
    switch self {
    case .success: "SUCCESS"
    case .failure: "FAILURE"
    case .skip: "SKIP"
    case .broken: "ERROR"
    }
  }

  /// Prints the last line, and powers off with the status.
  public func end(_ guest: borrowing Guest) -> Never {
    print(.console(guest.console))
    guest.exit(status)
  }

  /// Prints the last line.
  public func print(_ output: LineOutput) {
    output.write(GuestText("Test result: \(word)\n").bytes)
  }
}
