// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import HostSystem

/// Ports of this machine behind which a guest is.
struct PublishOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Passes connections to a TCP port of this machine on to a port of the guest's first interface, \
      [ADDRESS:]PORT:GUESTPORT, wherever the guest runs; may be given several times. ADDRESS is one of this \
      machine, by default 127.0.0.1; port 0 is any that is free.
      """, valueName: "ports"),
    transform: PortPublication.init(argument:))
  var publish: [PortPublication] = []

  /// Refuses what cannot be published.
  func validate() throws { try PortPublication.check(publish, of: "--publish") }

  /// Opens the ports; nil if none are to be.
  func open() throws(Problem) -> PublishedPorts? {
    publish.isEmpty ? nil : try PublishedPorts(publish)
  }
}

/// A port of this machine, and that of the guest behind it.
struct PortPublication: Equatable, Sendable {
  /// This machine's address.
  let address: InternetAddress
  let port: UInt16
  let guestPort: UInt16

  /// The port of this machine, for people.
  var place: String { Self.place(address, port) }

  static func place(_ address: InternetAddress, _ port: UInt16) -> String { "\(address):\(port)" }

  /// Refuses what cannot be published together; `subject` is what messages begin with.
  static func check(_ publications: [PortPublication], of subject: String) throws {
    for (index, publication) in publications.enumerated() where publication.port != 0 {
      for earlier in publications[..<index] where earlier.port == publication.port {
        if earlier.address == publication.address {
          throw ValidationError(
            "\(subject): \(publication.place) is given twice: a port leads to one port of the guest"
          )
        }
        if [earlier.address, publication.address].contains(.any) {
          throw ValidationError(
            "\(subject): \(earlier.place) and \(publication.place) are the same port, as \(InternetAddress.any) "
              + "is every address of this machine: leave one out, or choose another port")
        }
      }
    }
  }

  /// Reads `[ADDRESS:]PORT:GUESTPORT`.
  init(argument text: String) throws {
    func bad(_ fact: String) -> ValidationError {
      ValidationError("\"\(text)\" \(fact); write [ADDRESS:]PORT:GUESTPORT, such as 8080:80")
    }
    var parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...3).contains(parts.count) else { throw bad("is no pair of ports") }
    var address = InternetAddress.loopback
    if parts.count == 3 {
      guard let own = InternetAddress(parts.removeFirst()) else {
        throw bad("does not begin with an IPv4 address")
      }
      address = own
    }
    self.address = address
    func number(_ text: String, _ range: ClosedRange<UInt16>) throws -> UInt16 {
      guard let number = UInt16(text), text.utf8.allSatisfy({ (48...57).contains($0) }),
        range.contains(number)
      else { throw bad("has \"\(text)\" where a port from \(range.lowerBound) to 65535 belongs") }
      return number
    }
    port = try number(parts[0], 0...UInt16.max)
    guestPort = try number(parts[1], 1...UInt16.max)
  }
}
