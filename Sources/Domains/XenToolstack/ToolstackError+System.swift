// SPDX-License-Identifier: Apache-2.0

public import DomainModel
import Glibc
import SystemPackage

extension ToolstackError {
  /// A call that set errno.
  package init(
    _ kind: Kind = .other, call: String, code: Int32 = errno, advice: String = "",
    log: [String] = []
  ) {
    self.init(
      kind, "\(call): \(String(cString: strerror(code)))" + (advice.isEmpty ? "" : "; \(advice)"),
      log: log)
  }

  /// Says what was attempted when a call to the system fails.
  static func explaining<Result: ~Copyable>(
    _ call: String, advice: String = "", _ body: () throws(Errno) -> Result
  ) throws(ToolstackError) -> Result {
    do throws(Errno) {
      return try body()
    } catch {
      throw ToolstackError(call: call, code: error.rawValue, advice: advice)
    }
  }
}
