// SPDX-License-Identifier: Apache-2.0

import GuestIPv6
import GuestTCP

/// Returns what comes to its port 7, by TCP and by UDP, over IPv6 and IPv4, until it is asked to shut down. Words of its
/// command line: `name=HOST` looks IPv6 addresses up, `get=HOST,PORT` reads all that a server sends and prints how much,
/// `alone` waits for no address of IPv4.
@main
struct IPv6Guest: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let words = guest.commandLine.split(separator: 0x20).map { Array($0) }
    let network: Network
    if words.contains(GuestText("alone").bytes) {
      network = try await guest.openIPv6Network()
    } else {
      network = try await guest.openNetwork()
      try network.enableIPv6()
    }
    let console = guest.console
    if let address = network.configuration?.prefix.address.text {
      console.print("ipv4 \(address)\n")
    }
    let address = try await network.ipv6Address().text
    console.print("ipv6 \(address)\n")
    try serve(network)
    for word in words {
      let parts = word.split(separator: 0x3D, maxSplits: 1).map { Array($0) }
      guard parts.count == 2 else { continue }
      do throws(GuestError) {
        try await act(parts[0], parts[1], network, console)
      } catch {
        console.print("error: \(error.message)\n")
      }
    }
    console.print("ready\n")
    _ = try await guest.lifecycle.nextRequest()
    for own in network.ipv6State { console.print("had \(own.address.text)\n") }
  }

  private func serve(_ network: Network) throws(GuestError) {
    let listener = try network.listen(on: 7)
    Task {
      while let stream = try? await listener.accept() { Task { try? await echo(stream) } }
    }
    let socket = try network.openDatagrams(on: 7)
    Task {
      while let datagram = try? await socket.receive() {
        try? await socket.send(datagram.bytes, to: datagram.sender)
      }
    }
  }

  private func echo(_ stream: TCPStream) async throws(GuestError) {
    while true {
      let bytes = try await stream.read()
      if bytes.isEmpty { break }
      try await stream.write(bytes)
    }
    stream.finish()
    stream.close()
  }

  private func act(
    _ verb: [UInt8], _ object: [UInt8], _ network: Network, _ console: GuestConsole
  ) async throws(GuestError) {
    if verb == GuestText("name").bytes {
      for address in try await network.ipv6Addresses(of: "\(object)") {
        console.print("\(object) is \(address.text)\n")
      }
    } else if verb == GuestText("get").bytes {
      let parts = object.split(separator: 0x2C).map { Array($0) }
      guard parts.count == 2 else { throw GuestError("\(object) is no HOST,PORT") }
      let port = parts[1].reduce(0 as UInt16) { $0 &* 10 &+ UInt16($1 &- 0x30) }
      let stream = try await network.connect(to: "\(parts[0])", port: port)
      var count = 0
      while true {
        let bytes = try await stream.read(withinMilliseconds: 60_000)
        if bytes.isEmpty { break }
        count += bytes.count
      }
      console.print("got \(count) bytes of \(GuestText(stream.peer))\n")
      stream.close()
    }
  }
}
