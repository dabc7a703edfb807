// SPDX-License-Identifier: Apache-2.0

import HostilePeers
import XenABI
import XenstoreWire

private typealias Layout = XenstorePageLayout

extension HostileCase<FakeXenstored> {
  /// What a xenstored can do: by its messages, and by what it does to the page.
  static var ofXenstoredAndItsPage: [Self] {
    HostileCase<ScriptedXenstored>.ofXenstored.map { $0.within { $0.script } }
      + indices + states + storms + noise
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

  /// Events that never end.
  private static var storms: [Self] {
    [
      Self("a storm of events never ends", .ends) { store in
        var number = 0
        store.xen.wakeNanoseconds = 50_000_000
        store.xen.peer = { [unowned store] _ in
          for _ in 0..<20 { store.send(.event("data/\(number)", "data")) }
          number += 20
          return store.turn()
        }
      }
    ]
  }

  /// Anything in any index at any time.
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
  }
}
