// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import DomainModel

/// What a guest can be asked for through xenstore.
public enum GuestRequest: String, Sendable {
  /// To end.
  case powerOff = "poweroff"
  /// To end, and to be started again.
  case reboot
}

extension ControlDomain {
  /// Asks a guest for something; whether it does it is its own affair.
  public func request(_ request: GuestRequest, of domain: Domain) throws(ToolstackError) {
    try store.write("/local/domain/\(domain.id)/control/shutdown", request.rawValue)
  }

  /// Memory in KiB that Xen keeps for a domain's page tables; nil if it does not say.
  public func pagingPoolKiB(of domain: Domain) -> Int? {
    var bytes: UInt64 = 0
    guard xc_get_paging_mempool_size(control, domain.id.rawValue, &bytes) == 0 else { return nil }
    return Int(clamping: bytes / 1024)
  }

  /// The terminal of a domain's console, if xenconsoled has opened one.
  public func terminal(of domain: Domain) throws(ToolstackError) -> String? {
    try store.read("/local/domain/\(domain.id)/console/tty").map {
      String(decoding: $0, as: UTF8.self)
    }
  }
}
