// SPDX-License-Identifier: Apache-2.0
import XenToolstack

/// Says whether the agent can work here, by the exit status of the process: 1 if Xen is of another
/// version than the agent, 127 if libraries of its Xen are missing.
///
/// That this runs says that those are here that the agent is linked with; libxenlight it loads when it
/// is wanted.
func checkLibraries() -> Int32 {
  do {
    try InterfaceCheck.run()
  } catch {
    complain(error.message)
    return 1
  }
  do {
    try Libxl.load()
    return 0
  } catch {
    complain(error.message)
    return 127
  }
}
