// SPDX-License-Identifier: Apache-2.0

import GuestNetwork

/// A guest without TCP: returns each datagram that comes to its port 7, until it is asked to shut down.
@main
struct Datagrams: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let network = try await guest.openNetwork()
    let address = network.address.text
    guest.console.print("address \(address)\n")
    let socket = try network.openDatagrams(on: 7)
    Task {
      while let datagram = try? await socket.receive() {
        try? await socket.send(datagram.bytes, to: datagram.sender)
      }
    }
    _ = try await guest.lifecycle.nextRequest()
    let statistics = network.statistics
    guest.console.print(
      "received \(statistics.received.packets), sent \(statistics.sent.packets)\n")
  }
}
