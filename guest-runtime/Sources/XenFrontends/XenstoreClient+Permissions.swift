// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// Who may access a node, each as `XenstorePermission` travels. The first names the owner, and
  /// what all may do who are not named.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func permissions(
    of path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]] {
    XenstoreStrings.split(
      try ask(.permissions, XenstoreStrings.joined([path]), in: transaction))
  }

  /// Changes who may access a node. The first names the owner, whom only dom0 can change, and what
  /// all may do who are not named.
  ///
  /// - Throws: `XenstoreError`.
  public mutating func setPermissions(
    _ permissions: [[UInt8]], of path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.setPermissions, XenstoreStrings.joined([path] + permissions), in: transaction)
  }
}
