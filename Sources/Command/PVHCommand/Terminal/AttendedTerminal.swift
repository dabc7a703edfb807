// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// The terminal that an attended guest is run from.
///
/// A guest that has a terminal of its own, such as Linux or a boot loader, echoes what is typed and wants
/// each key: from its first output on the user's terminal is raw. Others read lines, and the
/// user's terminal echoes and edits them as usual.
final class AttendedTerminal {
  /// What was typed, sorted out.
  struct Keys: Equatable {
    /// What goes to the guest.
    var forGuest: [UInt8]
    /// Whether the user wants the run to end.
    var endsRun = false
  }

  /// Ctrl-C and Ctrl-] as a raw terminal sends them.
  private static let interrupt: UInt8 = 0x03
  private static let escape: UInt8 = 0x1d
  /// Two presses of Ctrl-C that are no further apart end the run.
  private static let doublePress = Duration.seconds(2)

  /// What an attended run has to take care of.
  static let signals = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT]

  private let wantsKeys: Bool
  /// The modes that the terminal had, as long as it is raw.
  private var before: TerminalModes?
  private var lastInterrupt: ContinuousClock.Instant?
  private var hasExplained = false
  private var lastByte: UInt8 = 0
  private var guestReturnsCarriage = false

  /// `wantsKeys` says whether the guest wants each key; without a terminal for input and output, nothing
  /// is changed.
  init(wantsKeys: Bool) {
    self.wantsKeys = wantsKeys && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
  }

  deinit { restore() }

  /// Whether each key is passed on as it is typed, now.
  var isRaw: Bool { before != nil }

  /// Makes the terminal raw at the guest's first output, which comes next.
  func prepare(for output: [UInt8]) {
    guard wantsKeys, !output.isEmpty else { return }
    let isFirst = before == nil
    // Who ends lines by a line feed alone gets the carriage return from the terminal. Others want to move
    // down without it, too.
    let returnedCarriage = guestReturnsCarriage
    for byte in output {
      if byte == UInt8(ascii: "\n"), lastByte == UInt8(ascii: "\r") { guestReturnsCarriage = true }
      lastByte = byte
    }
    if isFirst || guestReturnsCarriage != returnedCarriage { apply() }
  }

  /// Follows what the shell does with its jobs; false for a signal that ends the run.
  func follows(_ signal: Int32) -> Bool {
    switch signal {
    case SIGTSTP: suspend()
    case SIGCONT: resume()
    default: return false
    }
    return true
  }

  /// Puts the terminal back.
  func restore() {
    guard let modes = before else { return }
    before = nil
    if Self.isOurs { modes.apply(to: .standardInput) }
  }

  /// Whether the terminal may be changed: to do so in the background stops the process, and the shell
  /// has put the terminal back. Without job control it is nobody else's.
  private static var isOurs: Bool {
    let owner = tcgetpgrp(STDIN_FILENO)
    return owner < 0 || owner == getpgrp()
  }

  /// Finds in what was typed the keys that are not the guest's.
  func sort(_ bytes: [UInt8], now: ContinuousClock.Instant = .now) -> Keys {
    guard isRaw else { return Keys(forGuest: bytes) }
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case Self.escape: return Keys(forGuest: Array(bytes[..<index]), endsRun: true)
      case Self.interrupt:
        if let lastInterrupt, lastInterrupt.duration(to: now) <= Self.doublePress {
          return Keys(forGuest: Array(bytes[..<index]), endsRun: true)
        }
        lastInterrupt = now
        explain()
      default: lastInterrupt = nil
      }
    }
    return Keys(forGuest: bytes)
  }

  /// Stops this process, with the terminal as it was.
  private func suspend() {
    if let before, Self.isOurs { before.apply(to: .standardInput) }
    var (stop, mask) = (sigset_t(), sigset_t())
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    // Not SIGSTOP: without a shell that could let the process go on, the system ignores this one.
    pthread_sigmask(SIG_UNBLOCK, &stop, &mask)
    raise(SIGTSTP)
    pthread_sigmask(SIG_SETMASK, &mask, nil)
    resume()
  }

  /// Makes the terminal raw again after the shell has had it.
  private func resume() { if before != nil { apply() } }

  private func explain() {
    guard !hasExplained else { return }
    hasExplained = true
    Terminal.draw(
      "\r\npvh: Ctrl-C went to the guest; a second one within 2 s, or Ctrl-], ends the run\r\n")
  }

  private func apply() {
    guard Self.isOurs, let modes = TerminalModes(of: .standardInput) else { return }
    if before == nil { before = modes }
    (guestReturnsCarriage ? modes.raw : modes.raw.returningCarriage).apply(to: .standardInput)
  }
}
