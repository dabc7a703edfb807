// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import GuestVchan

/// Sends back what clients of its vchan write, one client after the other, as many as its command line says.
@main
struct VchanEcho: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var clients = 0
    for byte in guest.commandLine where byte >= 48 && byte <= 57 {
      clients = clients * 10 + Int(byte - 48)
    }
    for number in 1...max(1, clients) {
      var stream = try guest.offerVchan(at: "data/vchan")
      guest.console.print("ready \(number)\n")
      var count = 0
      if stream.accept(withinMilliseconds: 30_000) {
        guest.console.print("connected \(stream.isConnected)\n")
        while let bytes = stream.read(withinMilliseconds: 30_000), !bytes.isEmpty {
          count += bytes.count
          do throws(GuestError) {
            try stream.write(bytes, withinMilliseconds: 10_000)
          } catch {
            guest.console.print("\(error.message)\n")
            break
          }
        }
      }
      stream.close(in: guest)
      guest.console.print("closed after \(count)\n")
    }
  }
}
