// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

/// The classes of errors that both the toolstack and the protocol know.
private let kinds: [(ToolstackError.Kind, Failure.Kind)] = [
  (.xenUnavailable, .xenUnavailable), (.badConfiguration, .badConfiguration),
  (.nameTaken, .nameTaken), (.noSuchDomain, .noSuchDomain), (.ambiguousDomain, .ambiguousDomain),
  (.imageRejected, .imageRejected), (.outOfMemory, .outOfMemory),
  (.consoleUnavailable, .consoleUnavailable),
]

extension Failure {
  /// A failure that the toolstack explained.
  init(_ subject: Subject, _ error: ToolstackError) {
    let kind = kinds.first { $0.0 == error.kind }?.1 ?? .toolstack
    self.init(subject: subject, kind: kind, message: error.message, log: error.log)
  }
}

extension ToolstackError {
  /// A failure that the supervisor's toolstack explained.
  init(_ failure: Failure) {
    let kind = kinds.first { $0.1 == failure.kind }?.0 ?? .other
    self.init(kind, failure.message, log: failure.log)
  }
}

/// What went wrong with the supervisor's files, as an error of the toolstack.
func explaining<Result>(_ body: () throws(SupervisionError) -> Result) throws(ToolstackError)
  -> Result
{
  do throws(SupervisionError) {
    return try body()
  } catch {
    throw ToolstackError(.other, error.description)
  }
}
