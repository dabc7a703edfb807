// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// The signals that ask the agent to end, as something that poll(2) can wait for.
struct SignalQueue {
  static let signals = [SIGINT, SIGTERM, SIGHUP]

  let descriptor: Int32

  init() throws(StartError) {
    var set = sigset_t()
    sigemptyset(&set)
    for number in Self.signals { sigaddset(&set, number) }
    // Blocked, they also wait politely while a library is at work on a domain.
    sigprocmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
    descriptor = signalfd(-1, &set, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    guard descriptor >= 0 else { throw StartError(call: "signalfd", code: errno) }
  }

  /// The number of the next signal, if one has come.
  func next() -> Int32? {
    var information = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard read(descriptor, &information, size) == size else { return nil }
    return Int32(information.ssi_signo)
  }
}
