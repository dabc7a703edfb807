// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CHostSystem
import DomainSupervision
import Glibc
import HostSystem
package import SystemPackage
package import XenToolstack

/// Removes a domain whose process was killed: its cleanup process does, and if that was killed, too, the next
/// agent.
package final class OrphanCleanup {
  private let program: FilePath
  private lazy var process = CleanupProcess(program: program)
  /// The lease for the domain that the cleanup process is responsible for.
  private var lease: CreationLease?

  /// `program` is the agent, which the cleanup process runs as `reap UUID`.
  package init(program: FilePath) {
    self.program = program
  }

  /// Makes the cleanup process responsible for a domain that is about to be created.
  package func begin(for uuid: DomainUUID) {
    process.guarding(uuid)
    bestEffort { () throws(ToolstackError) in
      lease = try explaining { () throws(SupervisionError) in
        try CreationLease(uuid.hexadecimal, in: .standard)
      }
    }
  }

  /// The domain is gone, or another process is responsible for it.
  package func end() {
    process.release()
    lease?.withdraw()
    lease = nil
  }
}

/// A child that outlives a process which is killed outright, and destroys the domain left behind.
///
/// It sleeps in a read and holds nothing but one end of a pipe. It is told which domain is about to be
/// created; identities exist before domains do, so there is no moment between.
private struct CleanupProcess {
  /// Bytes of one message: an identity in hexadecimal, or as many dots for "none".
  private static let messageSize = 32

  private var pipeEnd: FileDescriptor?

  /// Starts the child; without it creation works all the same, only less safely.
  init(program: FilePath) {
    do throws(Errno) {
      let pipe = try FileDescriptor.closingPipe()
      defer { try? pipe.readEnd.close() }
      // Never freed: the child shares the memory of this process.
      let child = pvh_start_watcher(
        pipe.readEnd.rawValue, Self.messageSize, strdup(program.string), strdup("pvh-agent"),
        strdup("reap"))
      guard child > 0 else {
        let error = Errno(rawValue: errno)
        try? pipe.writeEnd.close()
        throw error
      }
      pipeEnd = pipe.writeEnd
    } catch {
      complain("no cleanup process: \(error)")
    }
  }

  /// Hands over responsibility for a domain that is about to be created.
  func guarding(_ uuid: DomainUUID) {
    tell(uuid.hexadecimal)
  }

  /// Takes it back, when the domain is gone.
  func release() {
    tell(String(repeating: ".", count: Self.messageSize))
  }

  private func tell(_ message: String) {
    try? pipeEnd?.writeEverything(Array(message.utf8))
  }
}

extension Agent {
  /// Removes domains whose agents were killed together with their cleanup processes, and says so.
  func removeAbandonedDomains() {
    for lease in CreationLease.abandoned(in: .standard) {
      bestEffort { () throws(ToolstackError) in
        let host = try controlDomain()
        if let uuid = DomainUUID(hexadecimal: lease.identity),
          let domain = try host.domain(with: uuid)
        {
          try host.destroy(domain)
          send(.remark("removed domain \(domain.id), which a killed pvh had left behind"))
        }
        lease.withdraw()
      }
    }
  }

  /// Starts a supervisor if there are detached domains and none looks after them.
  func restartSupervisor() {
    let folder = SupervisionFolder.standard
    let left = folder.records.filter { $0.phase != .ended }.map(\.request.name)
    guard !left.isEmpty, ProcessLock.holder(folder.lock) == nil else { return }
    do {
      _ = try supervisor()
      send(
        .remark(
          "the supervisor had exited; started a new one for " + left.joined(separator: ", ")))
    } catch {
      send(.remark("\(left.joined(separator: ", ")): unsupervised; \(error.message)"))
    }
  }
}
