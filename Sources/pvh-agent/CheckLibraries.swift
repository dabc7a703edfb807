// SPDX-License-Identifier: Apache-2.0
import XenToolstack

/// Says whether the libraries of the agent's Xen are here, by the exit status of the process.
///
/// That this runs says it of those that the agent is linked with; libxenlight it loads when it is
/// wanted.
func checkLibraries() -> Int32 {
  do {
    try Libxl.load()
    return 0
  } catch {
    complain(error.message)
    return 127
  }
}
