// SPDX-License-Identifier: Apache-2.0

import CEnds
import GuestRuntime

/// Ends as C programs do, in the way that its command line names.
@main
struct Ends: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    switch guest.commandLine {
    case "abort": end_by_abort()
    case "assertion": end_by_assertion(1)
    case "exit": end_by_exit()
    case "overwriting": end_by_overwriting()
    case "return": leave_work()
    case "input":
      print("say something")
      read_input()
      while let line = readLine(), line != "bye" { print("line '\(line)'") }
    case "random": print(Int.random(in: 0..<10))
    default: throw GuestError("there is no such way: \(guest.commandLine)")
    }
  }
}
