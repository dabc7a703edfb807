// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenstoreWire

private typealias Layout = XenstorePageLayout

extension HostileCase<FakeXenstored> {
  /// What a xenstored can do.
  static var ofXenstored: [Self] {
    replies + errors + sizes + indices + states + events + transactions + noise
  }

  /// A case that is nothing but odd replies.
  private static func answering(
    _ name: String, _ end: End = .recovers,
    _ answer: @escaping @Sendable (XenstoreMessage) -> [XenstoreMessage]
  ) -> Self {
    Self(name, end) { $0.answer = answer }
  }

  /// Replies that answer nothing, or the wrong thing.
  private static var replies: [Self] {
    [
      answering("it says nothing") { _ in [] },
      answering("it repeats each reply") { [$0.reply(), $0.reply(), $0.reply()] },
      answering("it answers in empty messages") { [$0.reply("")] },
      answering("it answers in zeros") { [$0.reply("\0\0\0\0")] },
    ]
      + [0, 4711, .max].map { (id: UInt32) in
        answering("it answers request \(id)") { message in
          [XenstoreMessage(operation: message.header.operation, requestID: id, payload: [1])]
        }
      }
      + [0, 2, 15, 20, 99, .max].map { (type: UInt32) in
        answering("its replies are of type \(type)") { message in
          [message.reply("1\0", XenstoreOperation(rawValue: type))]
        }
      }
      + [1, 2, 15, 17].map { pace in
        Self("it sends \(pace) bytes at a time", .recovers) { store in
          store.pace = pace
          store.answer = { [$0.reply()] }
        }
      }
  }

  /// Errors of any name.
  private static var errors: [Self] {
    ["", "\0", "ENOENT", "enoent", "E2BIG", "EAGAIN", "ENOSYS", "EWHATEVER", "\u{e9}\n\0x"].map {
      name in
      answering("all is refused with \"\(name)\"") { [$0.refusal(name)] }
    }
      + [
        answering("all is refused with 4096 letters") { message in
          [message.reply(String(repeating: "E", count: 4096), .error)]
        }
      ]
  }

  /// Messages that are too long, or end too early.
  private static var sizes: [Self] {
    [4097, 65_536, 0x8000_0000, .max].map { (size: UInt32) in
      Self("its first message claims \(size) bytes", .fails) { store in
        let header = XenstoreHeader(operation: .read, requestID: 1, payloadSize: size)
        store.send(raw: (0..<16).map { header.encoded[$0] })
      }
    }
      + [1, 15, 16, 17, 40].map { count in
        Self("it stops after \(count) bytes of a message", .ends) { store in
          var message: [UInt8] = []
          XenstoreMessage(
            operation: .read, requestID: 1, payload: bytes(String(repeating: "v", count: 99))
          )
          .append(to: &message)
          store.send(raw: Array(message.prefix(count)))
        }
      }
      + [
        answering("all its replies have 4096 bytes") { message in
          [message.reply(String(repeating: "v", count: 4096))]
        }
      ]
  }

  /// Indices that cannot be, ours overwritten, and rings that stand still.
  private static var indices: [Self] {
    [1025, 5000, 0x8000_0000, .max].map { (value: UInt32) in
      Self("it has written \(value) bytes at once", .fails) { store in
        store.xen[index: Layout.responsesProduced] &+= value
      }
    }
      + [1, 5000, 0x8000_0000, UInt32.max - 1024].map { value in
        Self("it has read \(value) bytes too many", .fails) { store in
          store.xen[index: Layout.requestsConsumed] &+= value
        }
      }
      + [Layout.requestsProduced, Layout.responsesConsumed].map { index in
        Self("it overwrites our index at \(index)", .ends) { store in
          store.answer = { [$0.reply()] }
          store.xen.meddle = { $0[index: index] = 0xdead_beef }
        }
      }
      + [
        Self("it never reads", .recovers) { store in store.xen.peer = { _ in false } },
        Self("it never reads, and notifies without end", .recovers) { store in
          store.xen.peer = { _ in true }
        },
        Self("Xen refuses to notify it", .recovers) { $0.xen.refusesNotifications = true },
        Self("its index is impossible every other time", .fails) { store in
          store.xen.meddle = { $0[index: Layout.responsesProduced] ^= 0x8000_0000 }
        },
      ]
  }

  /// The words beside the rings.
  private static var states: [Self] {
    [1, 2, 3, .max].map { (code: UInt32) in
      Self("it stops with error \(code)", .fails) { store in
        store.xen[index: Layout.serverFeatures] = 2
        store.xen[index: Layout.error] = code
      }
    }
      + [1, 2, .max].map { (value: UInt32) in
        Self("its connection word stays at \(value)", .recovers) { store in
          store.xen[index: Layout.connection] = value
        }
      }
      + [
        Self("its error word is set and not announced", .recovers) {
          $0.xen[index: Layout.error] = 7
        },
        Self("it offers all features there are", .recovers) { store in
          store.answer = { [$0.reply()] }
          store.xen[index: Layout.serverFeatures] = .max & ~1
        },
        Self("it offers to reconnect and never does", .recovers) { store in
          store.xen[index: Layout.serverFeatures] = 1
        },
      ]
  }

  /// Events, few and many, right and wrong.
  private static var events: [Self] {
    ["", "\0", "a", "a\0", "a\0b", "a\0b\0c\0\0\0"].map { payload in
      answering("its events are \"\(payload)\"") { message in
        let event = XenstoreMessage(operation: .watchEvent, requestID: 0, payload: bytes(payload))
        return [event, event, message.reply("1\0")]
      }
    }
      + [
        answering("a storm of events comes before each reply") { message in
          (0..<300).map { .event("data/\($0)", "data") } + [message.reply("1\0")]
        },
        answering("long events come before each reply") { message in
          let event = XenstoreMessage.event(String(repeating: "p", count: 4000), "t")
          return [event, event, event, message.reply("1\0")]
        },
        Self("a storm of events never ends", .ends) { store in
          var number = 0
          store.xen.wakeNanoseconds = 50_000_000
          store.xen.peer = { [unowned store] _ in
            for _ in 0..<20 { store.send(.event("data/\(number)", "data")) }
            number += 20
            return store.turn()
          }
        },
      ]
  }

  /// Transactions and lists that come to no end.
  private static var transactions: [Self] {
    ["", "0\0", "x\0", "-1\0", "99999999999999999999\0"].map { number in
      answering("its transactions are \"\(number)\"") { [$0.reply(number)] }
    }
      + [
        answering("every transaction conflicts") { message in
          message.header.operation == .endTransaction
            ? [message.refusal("EAGAIN")] : [message.reply("7\0")]
        },
        answering("a list has no end") { message in
          message.header.operation == .list
            ? [message.refusal("E2BIG")] : [message.reply("1\0child\0")]
        },
        answering("a list changes all the time") { message in
          message.header.operation == .list
            ? [message.refusal("E2BIG")]
            : [message.reply("\(message.header.requestID)\0child\0")]
        },
        answering("a list's parts are empty") { message in
          message.header.operation == .list ? [message.refusal("E2BIG")] : [message.reply("1\0")]
        },
      ]
  }

  /// Anything in any index at any time, and messages of noise.
  private static var noise: [Self] {
    (1...16).map { seed in
      Self("noise of seed \(seed)", .ends) { store in
        var noise = Noise(seed: seed)
        let words = [
          Layout.requestsConsumed, Layout.requestsProduced, Layout.responsesConsumed,
          Layout.responsesProduced, Layout.serverFeatures, Layout.connection, Layout.error,
        ]
        let mask: UInt32 = seed.isMultiple(of: 2) ? .max : 255
        store.answer = { message in
          message.header.requestID.isMultiple(of: 3) ? [] : [message.reply("\(noise.next())\0")]
        }
        store.xen.meddle = { xen in
          guard noise.next() & 7 == 0 else { return }
          xen[index: words[Int(noise.next()) % words.count]] = noise.next() & mask
        }
      }
    }
      + (17...32).map { seed in
        Self("messages of noise of seed \(seed)", .ends) { store in
          var noise = Noise(seed: seed)
          store.answer = { message in
            let size = Int(noise.next() & 127)
            let payload = (0..<size).map { _ in UInt8(truncatingIfNeeded: noise.next()) }
            return [
              XenstoreMessage(
                operation: XenstoreOperation(rawValue: noise.next() & 31),
                requestID: message.header.requestID &+ noise.next() & 1, payload: payload)
            ]
          }
        }
      }
  }
}
