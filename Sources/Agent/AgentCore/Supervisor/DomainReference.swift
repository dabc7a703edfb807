// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Supervision
import XenToolstack

/// What people mean by a name or a number: a domain, or what the supervisor knows of one, or both.
struct DomainReference {
  /// The domain, if there is one at the moment.
  let information: DomainInformation?
  /// The supervisor's record of it, if it is supervised.
  let record: DomainRecord?
  private let text: String

  /// Finds a domain.
  ///
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
      // xl may have given its domain another name; one that is being built, or taken away, is nobody's.
      information =
        found.phase == .running
        ? try host.domains().first { $0.domain.uuid.hexadecimal == found.uuid } : nil
      record = found
    }
  }

  /// The domain.
  ///
  /// - Throws: when there is none at the moment.
  func domain() throws(ToolstackError) -> Domain {
    if let information { return information.domain }
    throw ToolstackError(
      .noSuchDomain,
      record?.phase == .ended
        ? "the guest of \"\(text)\" has ended: start it anew with pvh run --detach"
        : "the guest of \"\(text)\" waits to be started again: see pvh list --all")
  }

  /// The domain, whose guest can hear what it is asked for.
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
