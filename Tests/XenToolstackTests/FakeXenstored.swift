// SPDX-License-Identifier: Apache-2.0

import Foundation
import HostilePeers
import SystemPackage
import Testing
import XenstoreWire

@testable import XenToolstack

/// The other end of a connection to xenstored, for a script that runs on a thread of its own.
struct FakeXenstored: Sendable {
  let descriptor: Int32

  /// Lets `script` play xenstored while `body` uses a connection to it; returns when both are done.
  @discardableResult
  static func playing<Result>(
    _ script: @escaping @Sendable (FakeXenstored) -> Void, kind: __socket_type = SOCK_STREAM,
    patience: Int = 20_000, isDevice: Bool = false,
    against body: (XenstoreConnection) throws -> Result
  ) throws -> Result {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(kind.rawValue), 0, &ends) == 0)
    let (ours, theirs) = (ends[0], ends[1])
    let isOver = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      script(FakeXenstored(descriptor: theirs))
      close(theirs)
      isOver.signal()
    }
    defer { isOver.wait() }
    let channel = XenstoreChannel(takingOver: FileDescriptor(rawValue: ours), isDevice: isDevice)
    return try body(XenstoreConnection(channel, patience: patience))
  }

  /// The next request; nil when the other end is closed.
  func next() -> XenstoreMessage? {
    var reader = XenstoreMessageReader()
    while true {
      var bytes = [UInt8](repeating: 0, count: reader.needed)
      let count = read(descriptor, &bytes, bytes.count)
      guard count > 0 else { return nil }
      if let message = try? reader.take(bytes[..<count]) { return message }
    }
  }

  /// So many requests, fewer when the other end is closed.
  func next(_ count: Int) -> [XenstoreMessage] {
    (0..<count).compactMap { _ in next() }
  }

  func send(_ bytes: [UInt8]) {
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  /// Answers requests, in one call, or byte for byte.
  func answer(_ requests: [XenstoreMessage], _ payload: String = "OK\0", singly: Bool = false) {
    let bytes = requests.flatMap { Self.reply(to: $0, payload) }
    if singly { for byte in bytes { send([byte]) } } else { send(bytes) }
  }

  /// Answers a request with an error.
  func refuse(_ request: XenstoreMessage, _ name: String) { send(Self.refusal(of: request, name)) }

  static func reply(to request: XenstoreMessage, _ payload: String) -> [UInt8] {
    request.reply(payload).encoded
  }

  static func refusal(of request: XenstoreMessage, _ name: String) -> [UInt8] {
    request.refusal(name).encoded
  }

  /// A message of xenstored's.
  static func message(_ operation: XenstoreOperation, _ id: UInt32, _ payload: String) -> [UInt8] {
    XenstoreMessage(operation: operation, requestID: id, payload: Array(payload.utf8)).encoded
  }

  /// An event of a watch.
  static func event(_ path: String) -> [UInt8] { XenstoreMessage.event(path, path).encoded }
}

extension XenstoreMessage {
  /// The strings of the payload, for comparing.
  var strings: [String] { words }
}
