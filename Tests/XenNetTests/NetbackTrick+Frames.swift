// SPDX-License-Identifier: Apache-2.0

/// Tricks with more than one slot.
extension NetbackTrick {
  /// Frames of several slots.
  static let lengths: [NetbackTrick] =
    [18, 19, 20, 64].map { count in
      frame(
        "\(count) slots", rejected: count > 18 ? 1 : 0, received: count > 18 ? 0 : 1
      ) { backend in
        for place in 1...count { backend.putReceived(sample(100), flags: place < count ? 4 : 0) }
      }
    }
    + [
      ("more is said to follow, and does not", [60], [4]),
      ("many slots, and the last does not come", [4096, 4096, 4096], [4, 4, 4]),
      ("13 bytes in two slots", [6, 7], [4, 0]), ("no bytes in two slots", [0, 0], [4, 0]),
      ("a later slot with something added", [60, 60], [4, 8]),
      ("a later slot with something added, in the middle", [60, 60, 60], [4, 12, 0]),
      (
        "65554 bytes", [Int](repeating: 4096, count: 16) + [18],
        [Int](repeating: 4, count: 16) + [0]
      ),
      (
        "17 pages that are full", [Int](repeating: 4096, count: 17),
        [Int](repeating: 4, count: 16) + [0]
      ),
    ].map { (name: String, sizes: [Int], flags: [Int]) in
      frame(name) { backend in
        for (size, flags) in zip(sizes, flags) {
          backend.putReceived(sample(size), flags: UInt16(flags))
        }
      }
    }
    + ([-1, 4097, 32767, -32768] as [Int16]).map { status in
      frame("status \(status) of a later slot") { backend in
        backend.putReceived(sample(60), flags: 4)
        backend.putReceived(sample(60), flags: 4, status: status)
        backend.putReceived(sample(60))
      }
    }
    + [
      frame("an error in the first of two slots") { backend in
        backend.putReceived(sample(60), flags: 4, status: -1)
        backend.putReceived(sample(60))
      },
      frame("a later slot behind its page") { backend in
        backend.putReceived(sample(60), flags: 4)
        backend.putReceived(sample(60), offset: 4090, status: 60)
      },
      frame("an empty later slot", rejected: 0, received: 1) { backend in
        backend.putReceived(sample(60), flags: 4)
        backend.putReceived([])
      },
      frame("all buffers with errors", rejected: 64) { backend in
        for _ in 0..<64 { backend.putReceived([], status: -1) }
      },
      frame("wrong ones between right ones", rejected: 31, received: 31) { backend in
        for place in 0..<62 { backend.putReceived(sample(60), status: place % 2 == 0 ? 60 : 5000) }
      },
    ]

  /// What is added to a frame.
  static let extras: [NetbackTrick] =
    ([0, 2, 3, 5, 6, 7, 255] as [UInt8]).map { type in
      frame("something of type \(type) added") { put($0, [type, 0, 1, 0, 1, 0, 0, 0]) }
    }
    + ([0, 3, 4, 255] as [UInt8]).map { type in
      frame("segments of type \(type)") { put($0, [1, 0, 1, 5, type, 0, 0, 0]) }
    }
    + [
      frame("segments of no bytes") { put($0, [1, 0, 0, 0, 1, 0, 0, 0]) },
      frame("segments that are said twice") {
        put($0, [1, 1, 1, 5, 1, 0, 0, 0], [1, 0, 1, 5, 1, 0, 0, 0])
      },
      frame("something added that is not there") { $0.putReceived(sample(60), flags: 8) },
      frame("something added after which there is more, but not there") {
        put($0, [4, 1, 0, 0, 0, 0, 0, 0])
      },
      frame("added things without end") { backend in
        backend.putReceived(sample(60), flags: 8)
        for _ in 0..<63 { backend.putExtra([4, 1, 0, 0, 0, 0, 0, 0]) }
      },
      frame("segments without bytes") { backend in
        backend.putReceived([], flags: 8)
        backend.putExtra([1, 0, 1, 5, 1, 0, 0, 0])
      },
      frame("segments, and more that does not come") { backend in
        backend.putReceived(sample(60), flags: 12)
        backend.putExtra([1, 0, 1, 5, 1, 0, 0, 0])
      },
      frame("a hash", rejected: 0, received: 1) { put($0, [4, 0, 1, 1, 9, 9, 9, 9]) },
      frame("a hash and segments", rejected: 0, received: 1) {
        put($0, [4, 1, 1, 1, 9, 9, 9, 9], [1, 0, 1, 5, 2, 0, 0, 0])
      },
      frame("segments of the greatest length", rejected: 0, received: 1) {
        put($0, [1, 0, 0xff, 0xff, 1, 0xff, 0xff, 0xff])
      },
    ]

  private static func put(_ backend: FakeNetback, _ extras: [UInt8]...) {
    backend.putReceived(sample(60), flags: 8)
    for extra in extras { backend.putExtra(extra) }
  }

  /// What harms nobody.
  static let harmless: [NetbackTrick] =
    ([-1, -2, -3, -32768, 2, 3, 32767] as [Int16]).map { status in
      NetbackTrick("status \(status) of a frame that was sent") {
        answer($0, $0.held[0].ids[0], status)
      }
    }
    + ([0, 10, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32]).flatMap { value in
      [0, 1].flatMap { ring in
        [(0, "our index"), (4, "its wish"), (12, "our wish")].map { (offset, name) in
          NetbackTrick("it writes \(value) over \(name) of ring \(ring)") {
            $0.setIndex(ring, offset, value)
          }
        }
      }
    } + [
      NetbackTrick("it writes over the requests") { backend in
        for number: UInt32 in 0..<256 {
          backend.slot(0, number)?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 12)
        }
      },
      NetbackTrick("the later slots of a frame are answered first") { backend in
        for id in backend.held[1].ids.reversed() { answer(backend, id) }
      },
      NetbackTrick("the answer to no request comes first") { answer($0, 0xffff, 1) },
      NetbackTrick("events without end that bring nothing") { backend in
        for _ in 0..<10_000 { backend.wakeNow() }
      },
      NetbackTrick("nothing at all") { _ in },
    ]
}
