// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import XenstoreWire

/// What a xenstored without a tree has been asked for, in order.
final class XenstoreRecord: Sendable {
  private let seen = Mutex<[XenstoreMessage]>([])

  var messages: [XenstoreMessage] { seen.withLock { $0 } }
  /// How the transactions ended: `T` or `F`.
  var ends: [String] {
    messages.filter { $0.header.operation == .endTransaction }.flatMap(\.strings)
  }

  func add(_ messages: [XenstoreMessage]) { seen.withLock { $0 += messages } }

  /// Answers until the connection ends, each message only when nothing more is on its way.
  func serve(
    _ peer: FakeXenstored, index: String = "", names: [String: String] = [:],
    refusing refused: (operation: XenstoreOperation, node: String, error: String)? = nil
  ) {
    while let first = peer.next() {
      var requests = [first]
      var entry = pollfd(fd: peer.descriptor, events: Int16(POLLIN), revents: 0)
      while poll(&entry, 1, 0) == 1, let next = peer.next() { requests.append(next) }
      add(requests)
      for request in requests {
        let node = request.strings.first ?? ""
        switch request.header.operation {
        case refused?.operation where node.hasSuffix(refused?.node ?? ""):
          peer.refuse(request, refused?.error ?? "")
        case .startTransaction: peer.answer([request], "7\0")
        case .list: peer.answer([request], index)
        case .read:
          if let name = names[node] {
            peer.answer([request], name)
          } else {
            peer.refuse(request, "ENOENT")
          }
        default: peer.answer([request])
        }
      }
    }
  }
}
