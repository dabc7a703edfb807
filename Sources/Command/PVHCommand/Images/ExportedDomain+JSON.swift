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
      let disks: [Disk]?
      let interfaces: [Interface]?
      let commandLine: String?
      let memory: String
      let vcpus: Int
      let timestampCounter: String?
      let loader: String?
      let restart: String?
    }
    struct Disk: Encodable {
      let file: String
      let name: String
      let access: String?
    }
    struct Interface: Encodable {
      let bridge: String?
      let mac: String?
      let ip: String?
    }
    let interfaces = interfaces.map {
      Interface(bridge: $0.bridge, mac: $0.mac?.description, ip: $0.address?.description)
    }
    let disks = zip(domain.disks, disks).map { disk, spec in
      Disk(
        file: disk.path, name: disk.name.description, access: spec.access?.rawValue)
    }
    return try Terminal.text(
      json: Fields(
        name: domain.name, image: kernel, modules: modules.isEmpty ? nil : modules,
        disks: disks.isEmpty ? nil : disks, interfaces: interfaces.isEmpty ? nil : interfaces,
        commandLine: domain.commandLine.isEmpty ? nil : domain.commandLine,
        memory: memory.isWholeMebibytes ? "\(memory.mebibytes)M" : "\(memory.kibibytes)K",
        vcpus: domain.vcpuCount,
        timestampCounter: timestampCounter?.rawValue, loader: loader?.rawValue,
        restart: restart == .never ? nil : restart.rawValue))
  }
}
