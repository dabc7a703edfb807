// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Glibc
import HostSystem
import SystemPackage
import XenToolstack

/// Looks after all detached domains of a control domain. There is one such process, and only while there are such
/// domains.
final class Supervisor {
  /// Requests of one client that are served before others are.
  private static let turn = 16

  let folder: SupervisionFolder
  let host: ControlDomain
  var domains: [String: SupervisedDomain] = [:]
  var clients: [SupervisorClient] = []
  private let listener: FileDescriptor
  private let signals: SignalDescriptor
  private var idleness = Idleness()
  /// xenstored is gone: another supervisor has to make new connections.
  private var isLost = false
  /// A client has more requests than are served in a turn.
  private var isBehind = false

  /// Takes over where the supervisor before this one has stopped.
  ///
  /// - Precondition: this process holds the lock of the folder.
  init(folder: SupervisionFolder, signals: consuming SignalDescriptor) throws(ToolstackError) {
    self.folder = folder
    self.signals = signals
    host = try ControlDomain()
    listener = try explaining { () throws(SupervisionError) in
      try SupervisionError.explaining("listening at", folder.socket) { () throws(Errno) in
        try LocalSocket.listen(at: folder.socket, blocking: false)
      }
    }
    try explaining { () throws(SupervisionError) in try folder.recover() }
    resume()
    _ = isDone()
  }

  private func resume() {
    for record in folder.records where record.phase != .ended {
      do {
        // Taken over one by one in the loop: each may have to wait for its console.
        let life = SupervisedLife(record, now: .now)
        let domain = try SupervisedDomain(life, folder: folder, host: host)
        domains[domain.name] = domain
      } catch {
        complain("\(record.request.name): \(error)")
      }
    }
    forgetEnded()
  }

  /// Works until nothing is left to do, or a signal comes, which leaves the domains as they are.
  func run() {
    while !isLost {
      wait()
      if signals.take() != nil { break }
      accept()
      isBehind = false
      for client in clients { serve(client) }
      var mayStep = true
      for domain in domains.values { advance(domain, mayStep: &mayStep) }
      for client in clients { client.flush() }
      clients.removeAll(where: \.isGone)
      forgetEnded()
      if isDone() { break }
    }
    for domain in domains.values { domain.hosted?.detach() }
    Directory.unlinkIfPresent(folder.socket)
  }

  /// Does what a client asks for, but not so much that others have to wait for long.
  private func serve(_ client: SupervisorClient) {
    for _ in 0..<Self.turn {
      guard let request = client.next() else { return }
      handle(request, from: client)
    }
    isBehind = true
  }

  /// Only one domain in each turn takes a step that may take long, such as a start.
  private func advance(_ domain: SupervisedDomain, mayStep: inout Bool) {
    do throws(ToolstackError) {
      report(try domain.advance(now: .now, mayStep: &mayStep), of: domain)
    } catch {
      leave(error)
    }
  }

  /// Ends this supervisor, so that the next one makes new connections; the guests go on.
  func leave(_ error: ToolstackError) {
    complain("\(error.message); another supervisor has to take over")
    isLost = true
  }

  /// Whether there has been nothing to do for a while, and is not now.
  private func isDone() -> Bool {
    idleness.note(isIdle: domains.isEmpty && clients.isEmpty, now: .now)
    return idleness.isOver(now: .now) && !accept()
  }

  /// Drops domains whose guests have ended for good; their records stay.
  private func forgetEnded() {
    for (name, domain) in domains where domain.isOver { domains[name] = nil }
  }

  private func wait() {
    var waiting = PollSet()
    waiting.add(signals.descriptor)
    waiting.add(listener)
    for client in clients { client.add(to: &waiting) }
    waiting.wake(at: isBehind ? .now : idleness.end)
    for domain in domains.values {
      waiting.wake(at: domain.deadline)
      waiting.add(domain.interests)
    }
    waiting.wait()
  }

  /// Takes all connections that wait; false if there was none.
  @discardableResult
  private func accept() -> Bool {
    var any = false
    while let socket = LocalSocket.accept(on: listener) {
      clients.append(SupervisorClient(takingOver: socket))
      any = true
    }
    return any
  }
}

/// How long a supervisor has had nothing to do, and when it ends for that.
struct Idleness {
  /// Milliseconds that it stays without anything to do: its first client may still be connecting.
  static let patience = 1000

  /// When to end; nil while there is something to do.
  private(set) var end: MonotonicTime?

  /// Takes whether there is nothing to do now.
  mutating func note(isIdle: Bool, now: MonotonicTime) {
    end = isIdle ? end ?? now.adding(milliseconds: Self.patience) : nil
  }

  /// Whether there has been nothing to do for long enough.
  func isOver(now: MonotonicTime) -> Bool { end.map { now >= $0 } ?? false }
}

/// Looks after the detached domains of this control domain, unless another process does; returns the
/// exit status of the process when nothing is left to look after.
func supervise() -> Int32 {
  let folder = SupervisionFolder.standard
  do {
    try folder.prepare()
    let isOurs = try SupervisionError.explaining("locking", folder.lock) { () throws(Errno) in
      try ProcessLock.take(folder.lock)
    }
    guard isOurs else { return 0 }
    prepareProcess(folder)
    let supervisor = try Supervisor(folder: folder, signals: try .forEnding())
    supervisor.run()
    return 0
  } catch let error as StartError {
    complain("no supervisor: \(error.message)")
  } catch {
    complain("no supervisor: \(error)")
  }
  return 70
}

/// Prepares a process that may run for long: it keeps no folder busy, its log is short, and it may open the
/// descriptors of many domains.
private func prepareProcess(_ folder: SupervisionFolder) {
  chdir("/")
  let size = (try? FileDescriptor.standardError.information())?.st_size ?? 0
  if size > 64 << 10 { ftruncate(STDERR_FILENO, 0) }
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
  limit.rlim_cur = limit.rlim_max
  setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
