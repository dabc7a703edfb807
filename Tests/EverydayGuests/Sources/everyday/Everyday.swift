// SPDX-License-Identifier: Apache-2.0

import EverydayPrograms
import GuestRuntime

/// All programs, or those of the subject that the command line names.
@main
struct Everyday: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    for subject in ProgramGroup.all
    where guest.commandLine.isEmpty || guest.commandLine == subject.name {
      subject.run()
    }
  }
}
