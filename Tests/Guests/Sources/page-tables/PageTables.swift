// SPDX-License-Identifier: Apache-2.0

import CPageTables
import GuestRuntime

/// Looks at every entry of its own page tables and says what may be done where.
@main
struct PageTables: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    // The first allocation maps all memory.
    guest.console.print("heap: \(guest.memory.heap.capacity) bytes\n")
    var walk = Walk()
    walk.visit(tableAt: read_cr3(), level: 4, from: 0, rights: .all)
    guest.console.print("mapped: \(walk.mappedBytes) bytes\n")
    guest.console.print("writable and executable: \(walk.writableAndExecutable) pages\n")
    guest.console.print("executable: \(walk.executableBytes) bytes\n")
    guest.console.print(
      "expected: \(first_page_of_constants() - first_page_of_code()) bytes\n")
    show(guest, "page zero", 0)
    show(guest, "code", first_page_of_code())
    show(guest, "constants", first_page_of_constants())
    show(guest, "variables", first_page_of_variables())
    show(guest, "guard of the main stack", guard_of_main_stack())
    show(guest, "guard of the exception stack", guard_of_exception_stack())
    let isProtected = read_cr0() & 1 << 16 != 0 && read_efer() & 1 << 11 != 0
    guest.console.print(isProtected ? "the CPU obeys\n" : "the CPU does not look\n")
  }

  private func show(_ guest: borrowing Guest, _ name: GuestText, _ address: UInt64) {
    let rights = Walk.rights(at: address)
    let text: GuestText =
      switch rights {
      case nil: "unmapped"
      case [.write]: "read, write"
      case [.execute]: "read, execute"
      case []: "read"
      default: "read, write, execute"
      }
    guest.console.print("\(name): \(text)\n")
  }
}
