// SPDX-License-Identifier: Apache-2.0

import CMove
import GuestRuntime

/// What the domain builder handed over lies above 1 GiB, in the middle of what becomes the heap.
@main
enum Start {
  static func main() {
    move_what_was_handed_over(0x4a00_0000)
    Moved.main()
  }
}

struct Moved: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("command line: \(guest.commandLine)\n")
    for module in guest.modules { show(module, guest) }
    // The heap goes round it.
    let block = [UInt8](repeating: 0xff, count: 200 << 20)
    guest.console.print(
      "heap: \(guest.memory.heap.capacity >> 20) MiB, \(block.count >> 20) used\n")
    for module in guest.modules { show(module, guest) }
  }

  private func show(_ module: BootModule, _ guest: borrowing Guest) {
    let sum = module.bytes.reduce(UInt64(0)) { $0 &* 31 &+ UInt64($1) }
    guest.console.print("module: \(module.bytes.count) bytes, sum \(sum)\n")
  }
}
