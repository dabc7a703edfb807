// SPDX-License-Identifier: Apache-2.0

public import NetWire

/// The ports of UDP that are open.
struct PortTable {
  private var ports: [DatagramPort] = []

  /// Opens one; number 0 means one that is free, and nobody guesses.
  mutating func open(
    _ number: UInt16, _ numbers: inout SecretNumbers
  ) throws(DatagramError) -> DatagramPort {
    ports.removeAll { !$0.isOpen }
    guard ports.count < NetStack.portLimit else { throw .tooManyPorts }
    var number = number
    if number == 0 {
      // Source: RFC 6335, section 6. There are more of them than may be open.
      repeat {
        number = UInt16(49_152 + numbers.next(below: 16_384))
      } while port(number) != nil
    }
    guard port(number) == nil else { throw .portInUse(number) }
    let port = DatagramPort(number)
    ports.append(port)
    return port
  }

  mutating func close(_ port: DatagramPort) {
    port.close()
    ports.removeAll { $0 === port }
  }

  mutating func closeAll() {
    for port in ports { port.close() }
    ports = []
  }

  /// The open port with a number.
  func port(_ number: UInt16) -> DatagramPort? {
    ports.first { $0.number == number && $0.isOpen }
  }
}

/// Why something cannot be sent, or no port be opened.
public enum DatagramError: Error, Equatable, Sendable {
  /// The host has no address yet, or no more.
  case noAddress
  /// There is no way to an address: it is not of the network, and there is no gateway.
  case noRoute(IPAddress)
  /// So many bytes are too many for a datagram.
  case tooLarge(Int)
  /// A port is in use.
  case portInUse(UInt16)
  /// Too many ports are open.
  case tooManyPorts
  /// The port was closed.
  case closed
}
