// SPDX-License-Identifier: Apache-2.0

import DomainModel
package import SystemPackage

/// xenstored's news of domains that shut down or vanished, for all the runs of one process.
///
/// A watch belongs to the connection, not to a run: an event is consumed once, for all runs.
package final class DomainReleaseWatch {
  /// The name under which xenstored reports.
  private static let path = "@releaseDomain"

  private let store: XenstoreConnection

  init(_ store: XenstoreConnection) throws(ToolstackError) {
    self.store = store
    try store.watch(Self.path)
  }

  deinit {
    store.unwatch(Self.path)
  }

  /// Readable when there may be news; nil if xenstored is gone.
  package var descriptor: FileDescriptor? { store.descriptor }

  /// How often there were news until now, taken by whomever: to compare with.
  package func takeCount() -> Int {
    _ = store.takeEvents()
    return store.eventCount
  }
}
