// SPDX-License-Identifier: Apache-2.0

import CCrash
import GuestRuntime

/// Dies in the way that its command line names.
@main
struct Crash: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("crashing\n")
    switch guest.commandLine {
    case "trap": _ = [guest.commandLine.count][Int(guest.domainID)]
    case "fatal-error": fatalError("as asked for")
    case "null": write_null()
    case "stack": overflow_stack()
    case "write-code": write_code()
    case "execute-data": execute_data()
    case "out-of-memory": while true { hold([UInt8](repeating: 1, count: 1 << 16)) }
    case "triple-fault": triple_fault()
    default: throw GuestError("there is no such way: \(guest.commandLine)")
    }
    throw GuestError("still alive")
  }

  /// Keeps memory for ever.
  private func hold(_ bytes: [UInt8]) {
    _ = Unmanaged.passRetained(Box(bytes))
  }
}

private final class Box {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
}
