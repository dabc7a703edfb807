// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Does to its own console page what a console daemon must not do, and goes on.
@main
struct BrokenConsole: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let console = guest.console
    console.print("sound\n")
    // Where libxl's domains have the page, and the daemon's index in it: `out_cons`, then `out_prod`.
    guard let read = UnsafeMutablePointer<UInt32>(bitPattern: 0xfeff_f000 + 3080) else { return }
    for _ in 0..<100 where read[0] != read[1] { guest.clock.sleep(milliseconds: 20) }
    try require(read[0] == read[1], "the daemon does not read")
    try require(console.failure == nil && console.droppedBytes == 0, "it failed too early")

    read[0] = read[1] &+ 1
    let start = guest.clock.nanoseconds
    for _ in 0..<1000 { console.print("for nobody") }
    try require(console.read(withinMilliseconds: 10_000).isEmpty, "there was input")
    try require(guest.clock.nanoseconds - start < 5_000_000_000, "a failed console was waited for")
    try require(console.failure != nil, "the failure does not show")
    try require(console.droppedBytes == 10_000, "the count is \(console.droppedBytes)")
    read[0] = read[1]
    try require(console.failure != nil, "the failure did not stay")
    try guest.xenstore.set("data/works-on", to: "yes")
    try require(try guest.xenstore.value(of: "data/works-on") != nil, "xenstore does not work on")
  }

  private func require(_ holds: Bool, _ otherwise: GuestText) throws(GuestError) {
    if !holds { throw GuestError(otherwise) }
  }
}
