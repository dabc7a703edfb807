// SPDX-License-Identifier: Apache-2.0

import EverydayPrograms
import GuestRuntime

@main
struct Dictionaries: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) { ProgramGroup.dictionaries.run() }
}
