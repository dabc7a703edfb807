// SPDX-License-Identifier: Apache-2.0

import CTables
import GuestRuntime

/// An image of some MiB.
@main
struct Tables: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let last = CONSTANTS - 1
    let values = [constant(0), constant(1 << 20), constant(2 << 20 + 5), constant(last)]
    guest.console.print("constants: \(values[0]) \(values[1]) \(values[2]) \(values[3])\n")
    let end = VARIABLES - 1
    guest.console.print("variables: \(add_to_variable(0, 10)) \(add_to_variable(end, 10))\n")
    for module in guest.modules { guest.console.print("module: \(module.bytes.count)\n") }
    if guest.commandLine == "write" { write_constant(last) }
  }
}
