// SPDX-License-Identifier: Apache-2.0

import Testing

/// Expects that xenstore has nothing of any domain but the control domain.
///
/// - Parameter list: gives the names of the nodes right under a path, a line each.
/// - Throws: what `list` throws.
func expectNoDomainInXenstore(_ list: (String) throws -> String) throws {
  for folder in ["/local/domain", "/libxl", "/vm", "/tool/pvhkit/domains"] {
    let children = try list(folder).split(separator: "\n")
    #expect(
      children.allSatisfy { $0 == "0" || $0.hasPrefix("00000000-") }, "\(folder): \(children)")
  }
}
