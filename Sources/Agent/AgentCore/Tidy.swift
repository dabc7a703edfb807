// SPDX-License-Identifier: Apache-2.0
import XenToolstack

/// Cleans up after an error, which is the one to report: another one only says what stays.
func tidy(_ body: () throws(ToolstackError) -> Void) {
  do throws(ToolstackError) {
    try body()
  } catch {
    complain(error.message)
  }
}
