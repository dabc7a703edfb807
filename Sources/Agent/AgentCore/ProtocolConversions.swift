// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import XenToolstack

// Conversions between the toolstack's types and those of the protocol.

extension RunRequest {
  func builder(on host: ControlDomain) -> any DomainBuilder {
    switch loader {
    case .libxl: LibxlBuilder(host: host, isVerbose: verbose)
    case .xenguest: XenguestBuilder(host: host, isVerbose: verbose, variation: variation)
    }
  }
}

extension CreatedDomain {
  init(_ domain: Domain, _ request: RunRequest) {
    self.init(
      domainID: Int(domain.id.rawValue), name: request.name, memoryKiB: request.domain.memoryKiB)
  }
}

extension DomainSpec {
  init(_ configuration: XLConfiguration) {
    self.init()
    name = configuration.name
    image = configuration.kernel
    modules = configuration.ramdisk.map { [$0] }
    commandLine = configuration.commandLine
    memoryKiB = configuration.memoryKiB
    vcpuCount = configuration.vcpuCount
    disks =
      configuration.disks.isEmpty
      ? nil
      : configuration.disks.map {
        DiskSpec(
          file: $0.path, name: $0.name.description, access: $0.isReadOnly ? .readOnly : nil)
      }
    interfaces = configuration.interfaces.isEmpty ? nil : configuration.interfaces
    timestampCounter = configuration.nativeTimestampCounter.map { $0 ? .native : .automatic }
    remarks = configuration.remarks
    // A guest that asks for a reboot gets it under each policy.
    restart =
      switch (configuration.onPowerOff, configuration.onCrash) {
      case (.restart, _): .always
      case (_, .restart): .onCrash
      case (nil, nil): nil
      default: .never
      }
  }
}

extension DomainSummary {
  /// Adds what the supervisor's records say of the domain.
  init(_ information: DomainInformation, records: [DomainRecord]) {
    let uuid = information.domain.uuid.hexadecimal
    let record = records.first { $0.uuid == uuid }
    // A domain that is being built, or destroyed, has no nodes in xenstore.
    let name = information.name.isEmpty ? record?.request.name ?? "" : information.name
    self.init(
      domainID: Int(information.domain.id.rawValue), name: name, uuid: uuid,
      state: information.state, memoryKiB: information.memoryKiB, vcpuCount: information.vcpuCount,
      cpuNanoseconds: information.cpuNanoseconds,
      supervision: record?.supervision)
  }
}

extension DomainDetails {
  init(_ found: DomainReference, host: ControlDomain) throws(ToolstackError) {
    let record = found.record
    let summary =
      found.information.map { DomainSummary($0, records: record.map { [$0] } ?? []) }
      ?? record?.summary
    guard let summary else { throw ToolstackError(.noSuchDomain, "the domain has gone meanwhile") }
    self.init(summary: summary, request: record?.request)
    if let information = found.information {
      memoryLimitKiB = information.memoryLimitKiB
      pagingPoolKiB = host.pagingPoolKiB(of: information.domain)
      terminal = try host.terminal(of: information.domain)
    }
    if let record {
      let log = SupervisionFolder.standard.file("console.log", of: record.request.name)
      logByteCount = try explaining { () throws(SupervisionError) in
        try ConsoleLogReader(path: log).size
      }
    }
  }
}

/// What went wrong with the supervisor's files, as an error of the toolstack.
func explaining<Result: ~Copyable>(_ body: () throws(SupervisionError) -> Result)
  throws(ToolstackError)
  -> Result
{
  do throws(SupervisionError) {
    return try body()
  } catch {
    throw ToolstackError(.other, error.description)
  }
}
