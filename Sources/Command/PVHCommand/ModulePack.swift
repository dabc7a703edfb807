// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import SystemPackage

/// The modules of a domain, one behind the other as they will be in its memory: each from a page
/// boundary on.
struct ModulePack {
  private static let page = 4096

  private(set) var bytes: [UInt8] = []
  /// Where each of them is among the bytes.
  private(set) var modules: [Range<Int>] = []

  /// The modules' sizes in bytes.
  var sizes: [UInt64] { modules.map { UInt64($0.count) } }

  /// Reads a domain's modules; nil if it has none.
  init?(_ spec: DomainSpec) throws(Problem) {
    guard let paths = spec.modules, !paths.isEmpty else { return nil }
    for path in paths {
      let content = try File.read(FilePath(path), limit: File.guestLimit - bytes.count)
      bytes += [UInt8](repeating: 0, count: (Self.page - bytes.count % Self.page) % Self.page)
      modules.append(bytes.count..<bytes.count + content.count)
      bytes += content
    }
  }
}
