// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenDomainModel

extension ExportedDomain {
  /// A file for `pvh create` and `pvh run`. Source: `docs/configurations.md`.
  func jsonConfiguration() throws -> String {
    struct Fields: Encodable {
      let name: String
      let image: String
      let modules: [String]?
      let commandLine: String?
      let memory: String
      let vcpus: Int
      let timestampCounter: String?
      let loader: String?
      let restart: String?
    }
    return try Terminal.text(
      json: Fields(
        name: domain.name, image: kernel, modules: modules.isEmpty ? nil : modules,
        commandLine: domain.commandLine.isEmpty ? nil : domain.commandLine,
        memory: memory.isWholeMebibytes ? "\(memory.mebibytes)M" : "\(memory.kibibytes)K",
        vcpus: domain.vcpuCount,
        timestampCounter: timestampCounter?.rawValue, loader: loader?.rawValue,
        restart: restart == .never ? nil : restart.rawValue))
  }
}
