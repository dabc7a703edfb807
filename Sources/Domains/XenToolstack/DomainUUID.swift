// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel

extension DomainUUID {
  /// Takes what Xen keeps for a domain (C name: `xen_domain_handle_t`).
  init(_ info: xc_domaininfo_t) {
    self.init(octets: withUnsafeBytes(of: info.handle) { Array($0) })
  }

  /// The identity as libxenlight takes it.
  var libxl: libxl_uuid {
    var uuid = libxl_uuid()
    withUnsafeMutableBytes(of: &uuid) { $0.copyBytes(from: octets) }
    return uuid
  }
}
