// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension Agent {
  /// Lets the supervisor create a domain, and look after it.
  func supervise(_ request: RunRequest, _ restart: RestartPolicy) {
    do throws(ToolstackError) {
      let image = try files.take(for: request)
      let kernel = try image.kernel.content()
      let module = try image.module?.content()
      let created = try supervisor().ask { client throws(AgentError) in
        try client.supervise(request, restart: restart, kernel: kernel, module: module)
      }
      send(.created(created))
      send(.done(nil))
    } catch {
      fail(.supervise, error)
    }
  }

  /// The way to the supervisor, made when it is wanted first, and again when the supervisor has ended.
  func supervisor() throws(ToolstackError) -> SupervisorLink {
    if let link, link.isOpen { return link }
    let opened = try SupervisorLink()
    link = opened
    return opened
  }

  /// Sees to it that somebody looks after the domains that somebody should look after.
  func mendSupervision() {
    let folder = SupervisionFolder.standard
    let left = folder.records.filter { $0.phase != .ended }.map(\.request.name)
    guard !left.isEmpty, SupervisorLock.holder(at: folder.lock) == nil else { return }
    do {
      _ = try supervisor()
      send(
        .remark(
          "the supervisor had exited; started a new one for "
            + left.joined(separator: ", ")))
    } catch {
      send(.remark("\(left.joined(separator: ", ")): unsupervised; \(error.message)"))
    }
  }
}
