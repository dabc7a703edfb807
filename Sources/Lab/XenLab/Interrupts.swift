// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Turns SIGINT, SIGTERM and SIGHUP into an error at the next wait, for as long as it lives.
///
/// A preparation can thus remove what it staged. Only the calling thread's signal mask changes, and
/// it is put back at the end; a signal that is ignored stays ignored.
struct Interrupts: ~Copyable {
  private let signals: SignalDescriptor

  init() throws(LabError) {
    do throws(Errno) {
      signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    } catch {
      throw .system(call: "signalfd", subject: "SIGINT", errno: error)
    }
  }

  /// Throws if a signal has come.
  func check() throws(LabError) {
    if let signal = signals.take() { throw .interrupted(signal: signal) }
  }

  /// Waits until one of the descriptors is readable or closed, or the deadline has passed.
  ///
  /// - Returns: which of them are; all false when the time is up.
  func wait(
    for descriptors: [FileDescriptor], until deadline: MonotonicTime? = nil
  ) throws(LabError) -> [Bool] {
    let ready = PollSet.readable(among: descriptors + [signals.descriptor], until: deadline)
    if ready[descriptors.count] { try check() }
    return Array(ready.dropLast())
  }
}
