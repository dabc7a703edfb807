// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// All that can stand in a text of the guest's.
@main
struct Text: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let console = guest.console
    let (number, none): (Int?, Int?) = (-4, nil)
    console.print("\(number) \(none) \(true) \(false as Bool?) \(Int64.min) \(UInt8(7))\n")
    let (word, bytes): (String?, [UInt8]?) = ("a\"b", [65, 66])
    console.print("\(word) \("plain") \(bytes) \([67] as [UInt8]) \(nil as GuestText?)\n")
    console.print("\(1.5) \(Character("\u{e9}")) \(0.1 as Float?) \("abc".dropFirst())\n")
    console.print("\(hex: UInt(255)) \(UInt128.max) \(Int128.min as Int128?)\n")
    console.print("\("inner \(1)" as GuestText) \("some" as GuestText?)\n")
    print(1, "two", 3.5, true, separator: "|", terminator: ".\n")
    print()
    print("no newline at the end", terminator: "")
  }
}
