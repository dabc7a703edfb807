// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import GuestVchan

/// Sends back what clients of its vchan write, one client after the other: as many as its command line says, of
/// the domain that it says after that, or of the control domain. A client that writes a line of "bye" is
/// answered, and then left; after "crash" the guest crashes.
@main
struct VchanEcho: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var numbers: [Int] = [0]
    for byte in guest.commandLine {
      switch byte {
      case 48...57: numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - 48)
      default: numbers.append(0)
      }
    }
    let domain = numbers.count > 1 ? numbers[1] : 0
    for number in 1...max(1, numbers[0]) {
      var stream = try guest.offerVchan(at: "data/vchan", to: UInt16(domain))
      guest.console.print("ready \(number)\n")
      var count = 0
      if stream.accept(withinMilliseconds: 60_000) {
        guest.console.print("connected \(stream.isConnected)\n")
        while let bytes = stream.read(withinMilliseconds: 60_000), !bytes.isEmpty {
          count += bytes.count
          do throws(GuestError) {
            try stream.write(bytes, withinMilliseconds: 10_000)
          } catch {
            guest.console.print("\(error.message)\n")
            break
          }
          if bytes == Array("bye\n".utf8) { break }
          if bytes == Array("crash\n".utf8) { fatalError("as was asked for") }
        }
      }
      stream.close(in: guest)
      guest.console.print("closed after \(count)\n")
    }
  }
}
