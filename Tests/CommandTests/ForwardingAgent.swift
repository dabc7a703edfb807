// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage
import Testing

/// An agent that has connections forwarded to it, and that takes no liberties: what pvh may not say fails the test.
final class ForwardingAgent: AgentTransport {
  private struct Connection {
    var port: Int
    var bytes: [UInt8] = []
    var hasEnded = false
    var hasBroken = false
    var outgoing = SendingWindow()
    var incoming = ReceivingWindow()
  }

  private var connections: [Int: Connection] = [:]
  private(set) var opened: [Int] = []
  private var grants: [ForwardedPart] = []
  func port(of number: Int) -> Int? { connections[number]?.port }
  func heard(_ number: Int) -> [UInt8] { connections[number]?.bytes ?? [] }
  func hasEnded(_ number: Int) -> Bool { connections[number]?.hasEnded == true }
  func hasBroken(_ number: Int) -> Bool { connections[number]?.hasBroken == true }
  /// How much may be sent to a client now.
  func room(_ number: Int) -> Int { connections[number]?.outgoing.room ?? 0 }

  /// A part that this agent says.
  func says(_ number: Int, _ piece: RelayPiece) -> ForwardedPart {
    if case .data(let bytes) = piece { connections[number]?.outgoing.take(bytes.count) }
    return ForwardedPart(number, piece)
  }

  func next(watching others: [FileDescriptor], until deadline: MonotonicTime?)
    -> AgentClient.Activity
  { .timedOut }

  func send(_ request: Request) {
    guard case .forward(let part) = request else {
      Issue.record("\(request) is not about a connection")
      return
    }
    let number = part.connection
    guard case .piece(let piece) = part.content else {
      guard case .open(let port) = part.content, connections[number] == nil else {
        Issue.record("\(number) is opened twice")
        return
      }
      connections[number] = Connection(port: port)
      return opened.append(number)
    }
    guard var connection = connections[number], !connection.hasBroken else {
      Issue.record("\(piece) for \(number), which is not open")
      return
    }
    switch piece {
    case .data(let bytes):
      #expect(!connection.hasEnded && !bytes.isEmpty)
      let isWithinWindow = connection.incoming.receive(bytes.count)
      #expect(isWithinWindow, "more than there was room for")
      connection.bytes += bytes
    case .end:
      #expect(!connection.hasEnded)
      connection.hasEnded = true
    case .room(let count):
      #expect(connection.outgoing.room + count <= StreamWindow.size)
      connection.outgoing.add(count)
    case .broken: connection.hasBroken = true
    }
    connections[number] = connection
    if case .data(let bytes) = piece, let room = connections[number]?.incoming.passOn(bytes.count) {
      grants.append(ForwardedPart(number, .room(room)))
    }
  }

  /// The room that there is again for what clients say, as with a guest that takes everything.
  func takeGrants() -> [ForwardedPart] {
    defer { grants = [] }
    return grants
  }
}

/// A program that has connected to a port of this machine.
final class LoopbackClient: Sendable {
  let descriptor: FileDescriptor

  init(_ port: UInt16, receiveBuffer: Int32? = nil) throws {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    descriptor = FileDescriptor(rawValue: number)
    if var size = receiveBuffer {
      setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    // A test that waits in vain fails.
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = port.bigEndian
    name.sin_addr.s_addr = InternetAddress.loopback.rawValue.bigEndian
    let result = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  deinit { try? descriptor.close() }

  func write(_ bytes: [UInt8]) throws { try descriptor.writeEverything(bytes) }

  /// Exactly so many bytes; fewer at the end.
  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: count)
    while bytes.count < count {
      let got = recv(descriptor.rawValue, &buffer, count - bytes.count, 0)
      guard got >= 0 else { throw Errno(rawValue: errno) }
      if got == 0 { break }
      bytes += buffer[..<got]
    }
    return bytes
  }

  /// Says that it has no more.
  func end() { shutdown(descriptor.rawValue, Int32(SHUT_WR)) }

  /// Breaks off.
  func abort() {
    var lingering = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor.rawValue, SOL_SOCKET, SO_LINGER, &lingering,
      socklen_t(MemoryLayout<linger>.size))
    // The other end of a connection to nobody is nobody: this breaks it without freeing the number.
    var nobody = sockaddr()
    nobody.sa_family = sa_family_t(AF_UNSPEC)
    connect(descriptor.rawValue, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
  }

  /// Writes on a thread of its own.
  func writeApart(_ bytes: [UInt8]) -> Work {
    Work {
      try? self.write(bytes)
      return []
    }
  }

  /// Reads on a thread of its own.
  func readApart(_ count: Int) -> Work { Work { (try? self.read(count)) ?? [] } }

  /// What a thread does.
  final class Work: Sendable {
    private let result = Mutex<[UInt8]?>(nil)
    private let end = DispatchSemaphore(value: 0)

    fileprivate init(_ body: @escaping @Sendable () -> [UInt8]) {
      Thread.detachNewThread {
        let bytes = body()
        self.result.withLock { $0 = bytes }
        self.end.signal()
      }
    }

    var isDone: Bool { result.withLock { $0 != nil } }

    @discardableResult
    func join() -> [UInt8] {
      end.wait()
      return result.withLock { $0 ?? [] }
    }
  }
}
