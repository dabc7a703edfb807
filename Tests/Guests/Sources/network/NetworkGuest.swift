// SPDX-License-Identifier: Apache-2.0

import GuestTCP

/// Does with its network what its command line says, word by word, until it is asked to shut down:
/// `echo=PORT`, `discard=PORT` and `source=PORT` serve; `name=HOST` looks an address up,
/// `get=HOST:PORT` reads all that a server sends and prints how much, `closing=HOST:PORT` closes the interface while it
/// reads.
@main
struct NetworkGuest: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let network = try await guest.openNetwork()
    let configuration = network.configuration
    let address = configuration?.prefix.address.text ?? []
    guest.console.print(
      "address \(address)/\(configuration?.prefix.length ?? 0) mtu \(network.mtu)\n")
    for word in guest.commandLine.split(separator: 0x20) {
      let parts = word.split(separator: 0x3D, maxSplits: 1).map { Array($0) }
      guard parts.count == 2 else { continue }
      do throws(GuestError) {
        try await act("\(parts[0])", parts[1], network, guest.console)
      } catch {
        guest.console.print("error: \(error.message)\n")
      }
    }
    guest.console.print("ready\n")
    _ = try await guest.lifecycle.nextRequest()
    let statistics = network.statistics
    guest.console.print(
      "received \(statistics.received.packets) packets, sent \(statistics.sent.packets)\n")
  }

  private func act(
    _ verb: GuestText, _ object: [UInt8], _ network: Network, _ console: GuestConsole
  ) async throws(GuestError) {
    switch verb.bytes {
    case Verb.echo: serve(try network.listen(on: number(object)), Self.echo)
    case Verb.discard: serve(try network.listen(on: number(object)), Self.discard)
    case Verb.source: serve(try network.listen(on: number(object)), Self.source)
    case Verb.name:
      for address in try await network.addresses(of: "\(object)") {
        console.print("\(object) is \(address.text)\n")
      }
    case Verb.get:
      let stream = try await connect(object, network)
      var count = 0
      var sum: UInt32 = 0
      while true {
        let bytes = try await stream.read(withinMilliseconds: 60_000)
        if bytes.isEmpty { break }
        count += bytes.count
        for byte in bytes { sum = sum &* 31 &+ UInt32(byte) }
      }
      console.print("got \(count) bytes, sum \(sum)\n")
      stream.close()
    case Verb.closing:
      let stream = try await connect(object, network)
      Task {
        try? await Task.sleep(milliseconds: 100)
        network.close()
      }
      _ = try await stream.read()
    default: break
    }
  }

  /// Connects to `HOST:PORT`.
  private func connect(_ object: [UInt8], _ network: Network) async throws(GuestError) -> TCPStream
  {
    let parts = object.split(separator: 0x3A).map { Array($0) }
    guard parts.count == 2 else { throw GuestError("\(object) is no HOST:PORT") }
    return try await network.connect(to: "\(parts[0])", port: number(parts[1]))
  }

  private func serve(
    _ listener: StreamListener,
    _ work: @escaping @Sendable (TCPStream) async throws(GuestError) -> Void
  ) {
    Task {
      while let stream = try? await listener.accept() { Task { try? await work(stream) } }
    }
  }

  @Sendable private static func echo(_ stream: TCPStream) async throws(GuestError) {
    while true {
      let bytes = try await stream.read()
      if bytes.isEmpty { break }
      try await stream.write(bytes)
    }
    stream.finish()
    stream.close()
  }

  @Sendable private static func discard(_ stream: TCPStream) async throws(GuestError) {
    while !(try await stream.read()).isEmpty {}
    stream.close()
  }

  /// Sends 8 MiB, each byte its offset's lowest bits but for a rare one.
  @Sendable private static func source(_ stream: TCPStream) async throws(GuestError) {
    // Made once: what is measured with it is the stream.
    let bytes = (0..<65_536 + 128).map { UInt8(truncatingIfNeeded: $0) }
    for block in 0..<128 { try await stream.write(Array(bytes[block..<block + 65_536])) }
    stream.finish()
    _ = try? await stream.read()
    stream.close()
  }

  private func number(_ digits: [UInt8]) -> UInt16 {
    digits.reduce(0) { $0 &* 10 &+ UInt16($1 &- 0x30) }
  }

  private enum Verb {
    static var echo: [UInt8] { GuestText("echo").bytes }
    static var discard: [UInt8] { GuestText("discard").bytes }
    static var source: [UInt8] { GuestText("source").bytes }
    static var name: [UInt8] { GuestText("name").bytes }
    static var closing: [UInt8] { GuestText("closing").bytes }
    static var get: [UInt8] { GuestText("get").bytes }
  }
}
