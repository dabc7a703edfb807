// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// Signals as something to wait for beside other descriptors, for as long as it lives. C name: `signalfd`.
///
/// Only the calling thread's signal mask changes, and it is put back at the end.
public struct SignalDescriptor: ~Copyable {
  /// Readable when one of the signals has come.
  public let descriptor: FileDescriptor
  private let before: sigset_t

  /// Takes over these signals.
  ///
  /// - Throws: `Errno` when the system is out of descriptors.
  public init(_ signals: [Int32]) throws(Errno) {
    var caught = sigset_t()
    var before = sigset_t()
    sigemptyset(&caught)
    for signal in signals { sigaddset(&caught, signal) }
    pthread_sigmask(SIG_BLOCK, &caught, &before)
    let number = signalfd(-1, &caught, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard number >= 0 else {
      let error = Errno(rawValue: errno)
      pthread_sigmask(SIG_SETMASK, &before, nil)
      throw error
    }
    descriptor = FileDescriptor(rawValue: number)
    self.before = before
  }

  deinit {
    try? descriptor.close()
    var mask = before
    pthread_sigmask(SIG_SETMASK, &mask, nil)
  }

  /// The number of a signal that has come, nil if there is none.
  public func take() -> Int32? {
    var information = signalfd_siginfo()
    let count = withUnsafeMutableBytes(of: &information) { try? descriptor.read(into: $0) }
    guard count == MemoryLayout<signalfd_siginfo>.size else { return nil }
    return Int32(information.ssi_signo)
  }
}

/// What this process does with a signal.
public enum SignalAction {
  /// Ignores SIGPIPE from here on: a reader that is gone is an error of the write, and no death.
  public static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Whether this process ignores a signal, for example SIGINT in a background job of a script.
  public static func isIgnored(_ signal: Int32) -> Bool { pvh_ignores_signal(signal) }
}
