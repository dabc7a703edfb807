// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc
import HostProcess
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

  /// Waits until one of the descriptors is readable or closed, or the time is up.
  ///
  /// - Returns: which of them are; all false when the time is up.
  func wait(
    for descriptors: [FileDescriptor], timeout: Duration? = nil
  ) throws(LabError) -> [Bool] {
    let ready = try poll(descriptors + [signals.descriptor], timeout: timeout)
    if ready[descriptors.count] { try check() }
    return Array(ready.dropLast())
  }
}

/// Waits until one of the descriptors is readable or closed, or the time is up.
func poll(_ descriptors: [FileDescriptor], timeout: Duration?) throws(LabError) -> [Bool] {
  var requests = descriptors.map { pollfd(fd: $0.rawValue, events: Int16(POLLIN), revents: 0) }
  let milliseconds = timeout.map { Int32(clamping: max(0, $0.milliseconds)) } ?? -1
  let count = Glibc.poll(&requests, nfds_t(requests.count), milliseconds)
  guard count >= 0 || errno == EINTR else {
    throw .system(call: "poll", subject: "child process", errno: Errno(rawValue: errno))
  }
  return requests.map { count > 0 && $0.revents != 0 }
}

extension Duration {
  var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  /// Time since the machine started.
  static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
