// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import GuestVchan

/// Connects to the vchan of the domain whose number appears in its own `data/server`, and compares what an echo
/// there sends back: as many KiB as its command line says. It goes away and comes back as often as the second
/// number says.
@main
struct VchanVisitor: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var numbers: [Int] = [0]
    for byte in guest.commandLine {
      switch byte {
      case 48...57: numbers[numbers.count - 1] = numbers[numbers.count - 1] * 10 + Int(byte - 48)
      default: numbers.append(0)
      }
    }
    var server: UInt64?
    while server == nil {
      server = try guest.xenstore.number(of: "data/server")
      guest.clock.sleep(milliseconds: 50)
    }
    let domain = UInt16(server ?? 0)
    do throws(GuestError) {
      let stream = try guest.connectVchan(to: domain, at: "data/nothing")
      stream.close(in: guest)
    } catch {
      guest.console.print("\(error.message)\n")
    }
    for turn in 1...max(1, numbers.count > 1 ? numbers[1] : 1) {
      var stream = try connect(to: domain, guest)
      guest.console.print("connected \(stream.isConnected)\n")
      let count = try talk(&stream, numbers[0] * 1024)
      guest.console.print("turn \(turn): \(count) bytes came back\n")
      stream.close(in: guest)
    }
    guest.console.print("done\n")
  }

  /// The server offers it again for each client.
  private func connect(
    to domain: UInt16, _ guest: borrowing Guest
  ) throws(GuestError) -> Vchan {
    var message = GuestError("never tried")
    for _ in 0..<600 {
      do throws(GuestError) {
        return try guest.connectVchan(to: domain, at: "data/vchan")
      } catch {
        message = error
        guest.clock.sleep(milliseconds: 100)
      }
    }
    throw message
  }

  /// Writes, and reads what comes back, never more of it under way than both rings hold.
  private func talk(_ stream: inout Vchan, _ total: Int) throws(GuestError) -> Int {
    var sent = 0
    var received = 0
    while received < total {
      if sent < total, sent - received <= 2048 {
        let count = min(777, total - sent)
        var piece = [UInt8](repeating: 0, count: count)
        for index in 0..<count { piece[index] = Self.byte(sent + index) }
        try stream.write(piece, withinMilliseconds: 60_000)
        sent += count
      }
      let isFull = sent == total || sent - received > 2048
      guard let bytes = stream.read(withinMilliseconds: isFull ? 60_000 : 0) else {
        throw GuestError("the server has gone")
      }
      guard !bytes.isEmpty || !isFull else { throw GuestError("nothing came back in time") }
      for byte in bytes {
        guard byte == Self.byte(received) else { throw GuestError("byte \(received) is wrong") }
        received += 1
      }
    }
    return received
  }

  private static func byte(_ index: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8)
  }
}
