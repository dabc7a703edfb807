// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension Agent {
  /// Begins to pass a console log to pvh.
  func startLogs(_ request: LogRequest) {
    guard logs == nil else {
      return fail(.logs, .badRequest, "a log is being read already: send \"stop\" first")
    }
    do throws(ToolstackError) {
      let found = try DomainReference(request.domain, host: try controlDomain())
      guard let record = found.record else {
        throw ToolstackError(
          .badConfiguration,
          "nobody keeps what the guest of \"\(request.domain)\" prints, since it was not started "
            + "by pvh run --detach: see its console with pvh console")
      }
      let follower = try explaining { () throws(SupervisionError) in
        try LogFollower(request, of: record)
      }
      if follower.lostByteCount > 0, request.lineCount == nil {
        send(.remark("of this log the first \(follower.lostByteCount) bytes are gone"))
      }
      logs = follower
    } catch {
      fail(.logs, error)
    }
  }

  /// Passes on what has come to the log, and notices its end.
  func advanceLogs() {
    guard let logs, MonotonicTime.now >= logs.nextLook else { return }
    let (isOver, outcome) = logs.advance(room: { outputRoom }, pass: { send(.console($0)) })
    guard isOver else { return }
    self.logs = nil
    send(.done(outcome))
  }

  /// Leaves the log alone.
  func endLogs() {
    guard logs != nil else { return }
    logs = nil
    send(.done(.stopped))
  }
}
