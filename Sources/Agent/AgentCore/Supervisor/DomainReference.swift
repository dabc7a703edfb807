// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import XenToolstack

/// What a name or a number refers to: a domain, a record of the supervisor, or both.
struct DomainReference {
  /// The domain, if there is one at the moment.
  let information: DomainInformation?
  /// The supervisor's record of it, if it is supervised.
  let record: DomainRecord?
  private let text: String

  /// - Throws: when neither Xen nor the supervisor knows it.
  init(_ text: String, host: ControlDomain, folder: SupervisionFolder = .standard)
    throws(ToolstackError)
  {
    self.text = text
    let records = folder.records
    do throws(ToolstackError) {
      let found = try host.domain(called: text, otherNames: records.map(\.request.name))
      information = found
      record = records.first { $0.uuid == found.domain.uuid.hexadecimal }
    } catch {
      guard error.kind == .noSuchDomain,
        let found = records.first(where: { $0.request.name == text })
      else { throw error }
      // xl may have renamed its domain; one that is being built, or destroyed, is not to be used.
      information =
        found.phase == .running
        ? try host.domains().first { $0.domain.uuid.hexadecimal == found.uuid } : nil
      record = found
    }
  }

  /// - Throws: when there is no domain at the moment.
  func domain() throws(ToolstackError) -> Domain {
    if let information { return information.domain }
    throw ToolstackError(
      .noSuchDomain,
      record?.phase == .ended
        ? "the guest of \"\(text)\" has ended: start it anew with pvh run --detach"
        : "the guest of \"\(text)\" waits to be started again: see pvh list --all")
  }

  /// The domain, whose guest can react to a request.
  ///
  /// - Throws: when there is none at the moment, or it is paused.
  func listeningDomain() throws(ToolstackError) -> Domain {
    let domain = try domain()
    guard information?.state != .paused else {
      throw ToolstackError(
        .badConfiguration,
        "\"\(text)\" is paused, so its guest would not hear of it: unpause it first")
    }
    return domain
  }
}
