// SPDX-License-Identifier: Apache-2.0

import AgentProtocol

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
    let memory = settings.memory
    return try Terminal.text(
      json: Fields(
        name: name, image: kernel, modules: modules.isEmpty ? nil : modules,
        commandLine: settings.commandLine.isEmpty ? nil : settings.commandLine,
        memory: memory.isWholeMebibytes ? "\(memory.mebibytes)M" : "\(memory.kibibytes)K",
        vcpus: settings.vcpus,
        timestampCounter: timestampCounter?.rawValue, loader: loader?.rawValue,
        restart: restart == .never ? nil : restart.rawValue))
  }
}
