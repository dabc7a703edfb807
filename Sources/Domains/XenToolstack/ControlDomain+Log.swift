// SPDX-License-Identifier: Apache-2.0

public import DomainModel

extension ControlDomain {
  /// Does something whose error is to carry what the libraries said meanwhile.
  package func logging<Result>(_ body: () throws(ToolstackError) -> Result)
    throws(ToolstackError) -> Result
  {
    log.clear()
    do throws(ToolstackError) {
      return try body()
    } catch {
      throw ToolstackError(
        error.kind, error.message, log: error.log.isEmpty ? log.text : error.log)
    }
  }
}
