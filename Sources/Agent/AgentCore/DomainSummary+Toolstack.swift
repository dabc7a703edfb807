// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension DomainSummary {
  /// The same in the protocol's words, with what the supervisor's records say of it.
  init(_ information: DomainInformation, records: [DomainRecord]) {
    let state: State =
      switch information.state {
      case .running: .running
      case .blocked: .blocked
      case .paused: .paused
      case .shutDown: .shutDown
      case .crashed: .crashed
      case .dying: .dying
      }
    let uuid = information.domain.uuid.hexadecimal
    let record = records.first { $0.uuid == uuid }
    // One that is being built, or taken away, has no nodes in xenstore.
    let name = information.name.isEmpty ? record?.request.name ?? "" : information.name
    self.init(
      domainID: Int(information.domain.id.rawValue), name: name, uuid: uuid,
      state: state, memoryKiB: information.memoryKiB, vcpuCount: information.vcpuCount,
      cpuNanoseconds: information.cpuNanoseconds,
      supervision: record?.supervision)
  }
}

extension DomainDetails {
  /// What can be found out about a domain.
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
