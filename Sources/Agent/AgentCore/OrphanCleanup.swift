// SPDX-License-Identifier: Apache-2.0
import Supervision
import XenToolstack

/// Who answers for a domain that is about to be created: should this process be killed, its cleanup process
/// removes the domain, and should the cleanup process be killed, too, the next agent does.
final class OrphanCleanup {
  private lazy var cleanup = CleanupProcess()
  /// Our word for the domain that the cleanup process answers for.
  private var mark: CreationLease?

  /// Takes it on.
  func begin(for uuid: DomainUUID) {
    cleanup.guarding(uuid)
    tidy { () throws(ToolstackError) in
      mark = try explaining { () throws(SupervisionError) in
        try CreationLease(uuid.hexadecimal, in: .standard)
      }
    }
  }

  /// The domain is gone, or somebody else answers for it.
  func end() {
    cleanup.release()
    mark?.withdraw()
    mark = nil
  }
}
