// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension HostileCase<ScriptedXenstored> {
  /// What a xenstored can do by its messages.
  package static var ofXenstored: [Self] {
    replies + errors + sizes + events + transactions + noise
  }

  /// A case that is nothing but odd replies.
  private static func answering(
    _ name: String, _ end: HostileEnd = .recovers, strictly strictEnd: HostileEnd? = nil,
    _ answer: @escaping @Sendable (XenstoreMessage) -> [XenstoreMessage]
  ) -> Self {
    Self(name, end, strictly: strictEnd) { $0.answer = answer }
  }

  /// Replies that answer nothing, or the wrong thing.
  private static var replies: [Self] {
    [
      answering("it says nothing", strictly: .timesOut) { _ in [] },
      answering("it repeats each reply", strictly: .fails) {
        [$0.reply(), $0.reply(), $0.reply()]
      },
      answering("it answers in empty messages", strictly: .fails) { [$0.reply("")] },
      answering("it answers in zeros", strictly: .fails) { [$0.reply("\0\0\0\0")] },
    ]
      + [0, 4711, .max].map { (id: UInt32) in
        answering("it answers request \(id)", strictly: .fails) { message in
          [XenstoreMessage(operation: message.header.operation, requestID: id, payload: [1])]
        }
      }
      + [0, 2, 15, 20, 99, .max].map { (type: UInt32) in
        let operation = XenstoreOperation(rawValue: type)
        // Events answer nothing: a client goes on waiting.
        let strictEnd = operation == .watchEvent ? HostileEnd.timesOut : .fails
        return answering("its replies are of type \(type)", strictly: strictEnd) { message in
          [message.reply("1\0", operation)]
        }
      }
      + [1, 2, 15, 17].map { pace in
        Self("it sends \(pace) bytes at a time", .recovers) { store in
          store.pace = pace
          store.answer = { [$0.reply($0.header.operation == .startTransaction ? "7\0" : "OK\0")] }
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
        Self("it stops after \(count) bytes of a message", .ends, strictly: .timesOut) { store in
          let message = XenstoreMessage(
            operation: .read, requestID: 1, payload: Array(String(repeating: "v", count: 99).utf8))
          store.send(raw: Array(message.encoded.prefix(count)))
        }
      }
      + [
        answering("all its replies have 4096 bytes", strictly: .fails) { message in
          [message.reply(String(repeating: "v", count: 4096))]
        }
      ]
  }

  /// Events, few and many, right and wrong.
  private static var events: [Self] {
    ["", "\0", "a", "a\0", "a\0b", "a\0b\0c\0\0\0"].map { payload in
      answering("its events are \"\(payload)\"") { message in
        let event = XenstoreMessage(
          operation: .watchEvent, requestID: 0, payload: Array(payload.utf8))
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
      ]
  }

  /// Transactions and lists that come to no end.
  private static var transactions: [Self] {
    ["", "0\0", "x\0", "-1\0", "99999999999999999999\0"].map { number in
      answering("its transactions are \"\(number)\"", strictly: .fails) { [$0.reply(number)] }
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
        answering("a list's parts are empty", strictly: .fails) { message in
          message.header.operation == .list ? [message.refusal("E2BIG")] : [message.reply("1\0")]
        },
      ]
  }

  /// Messages of noise.
  private static var noise: [Self] {
    (17...32).map { seed in
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
