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
    case "table":
      let table = Table(rows: [1, 2, 3])
      guest.console.print("\(look(up: Int(guest.domainID) + 6, in: table))")
    case "recursion": guest.console.print("\(depth(of: Int(guest.domainID)))")
    case "double-free": free_twice()
    case "loop": fail_with_chain(1)
    case "out-of-stack": fail_with_chain(0xfff0_0000_0000_0008)
    case "triple-fault": triple_fault()
    default: throw GuestError("there is no such way: \(guest.commandLine)")
    }
    throw GuestError("still alive")
  }

  @inline(never)
  private func look(up index: Int, in table: Table) -> Int {
    table.row(index) &+ 1
  }

  /// Calls itself without an end that is ever reached.
  @inline(never)
  private func depth(of number: Int) -> Int {
    number == 0 ? 0 : depth(of: number + 1) / 3 &+ number
  }

  /// Keeps memory for ever.
  private func hold(_ bytes: [UInt8]) {
    _ = Unmanaged.passRetained(Box(bytes))
  }
}

private struct Table {
  let rows: [Int]

  @inline(never)
  func row(_ index: Int) -> Int {
    rows[index]
  }
}

private final class Box {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
}
