// SPDX-License-Identifier: Apache-2.0
import Supervision
import XenToolstack

/// Who answers for a domain that is about to be created: should this process be killed, its guardian
/// removes the domain, and should the guardian be killed, too, the next agent does.
final class Responsibility {
  private lazy var guardian = Guardian()
  /// Our word for the domain that the guardian guards.
  private var mark: CreationMark?

  /// Takes it on.
  func begin(for uuid: DomainUUID) {
    guardian.guarding(uuid)
    tidy { () throws(ToolstackError) in
      mark = try explaining { () throws(SupervisionError) in
        try CreationMark(uuid.hexadecimal, in: .standard)
      }
    }
  }

  /// The domain is gone, or somebody else answers for it.
  func end() {
    guardian.release()
    mark?.withdraw()
    mark = nil
  }
}
