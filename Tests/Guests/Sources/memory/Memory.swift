// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Checks the allocation functions; then takes all the memory there is, in pieces large and small,
/// and gives it back. With "high" as its command line, it looks above 4 GiB only.
@main
struct Memory: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    if guest.commandLine == "high" { return try HighMemory.check(guest) }
    try AllocationChecks.run()
    guest.console.print("allocation functions do what C says\n")

    let given = sum(guest)
    let before = guest.memory.heap
    guest.console.print("capacity: \(before.capacity)\n")
    var filling = Filling()
    filling.takeAll(largest: before.largestFreeBlock)
    // Now there is none for printing.
    let full = guest.memory.heap
    let count = filling.count
    let givenNow = sum(guest)
    try filling.checkAndFreeAll()
    let after = guest.memory.heap
    guest.console.print("blocks: \(count), of \(full.usedBytes) bytes in all\n")
    try require(full.largestFreeBlock < 32, "there was still memory")
    try require(full.highWaterMark == full.usedBytes, "the high-water mark is not the top")
    try require(after.usedBytes == before.usedBytes, "memory leaked")
    try require(after.largestFreeBlock == before.largestFreeBlock, "the pieces did not join")
    try require(after.highWaterMark == full.highWaterMark, "the high-water mark fell")
    try require(givenNow == given, "command line or modules were overwritten")
    guest.console.print("all came back in one piece\n")
  }

  /// A number that depends on all that the domain builder put into memory for the guest.
  private func sum(_ guest: borrowing Guest) -> UInt64 {
    var sum: UInt64 = 0
    for byte in guest.commandLine { sum = sum &* 31 &+ UInt64(byte) }
    for module in guest.modules {
      for byte in module.bytes { sum = sum &* 31 &+ UInt64(byte) }
    }
    return sum
  }
}

/// Gives up unless something holds. The text is put together only then: there may be no memory.
func require(_ condition: Bool, _ otherwise: @autoclosure () -> GuestText) throws(GuestError) {
  if !condition { throw GuestError(otherwise()) }
}
