// SPDX-License-Identifier: Apache-2.0

import EverydayPrograms
import GuestRuntime

@main
struct Generics: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) { ProgramGroup.generics.run() }
}
