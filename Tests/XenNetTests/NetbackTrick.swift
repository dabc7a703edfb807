// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenNet

/// Something that a backend does wrong when ten frames went each way, and two are under way to it: one in the 11th
/// slot of the ring, and one in the four slots after it, of which the second says how it is to be cut.
struct NetbackTrick: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What the driver finds; nil if it goes on.
  let fault: NetFault?
  /// Frames that it rejects, and that it hands on.
  let rejected: UInt64
  let received: Int
  let act: @Sendable (FakeNetback) -> Void

  init(
    _ name: String, fault: NetFault? = nil, rejected: UInt64 = 0, received: Int = 0,
    _ act: @escaping @Sendable (FakeNetback) -> Void
  ) {
    (testDescription, self.fault, self.act) = (name, fault, act)
    (self.rejected, self.received) = (rejected, received)
  }

  static let all = indices + unknown + buffers + slots + lengths + extras + harmless

  /// Where the responses end, as the backend says.
  private static let indices: [NetbackTrick] =
    ([16, 17, 266, 267, 0xffff, 0x7fff_ffff, 0x8000_0000, 0x8000_000a, 0xffff_ffff, 9, 0]
    as [UInt32]).map { end in
      NetbackTrick("answers end at \(end)", fault: .indices) { $0.setIndex(0, 8, end) }
    }
    + ([75, 266, 267, 331, 0xffff, 0x7fff_ffff, 0x8000_0000, 0x8000_000a, 0xffff_ffff, 9, 0]
    as [UInt32]).map { end in
      NetbackTrick("frames end at \(end)", fault: .indices) { $0.setIndex(1, 8, end) }
    }
    + [
      NetbackTrick("answers go back after one was taken", fault: .indices) { backend in
        answer(backend, backend.held[0].ids[0])
        backend.wakeNow()
        backend.setIndex(0, 8, 10)
      },
      NetbackTrick("frames go back after one was taken", fault: .indices, received: 1) { backend in
        backend.putReceived([UInt8](repeating: 1, count: 60))
        backend.publishReceived()
        backend.wakeNow()
        backend.setIndex(1, 8, 10)
      },
      NetbackTrick("a sixth answer to five slots", fault: .indices) { backend in
        for id in backend.held.flatMap(\.ids) { backend.putSent(id, 0) }
        for _ in 0..<2 { backend.putSent(0, 1) }
        backend.publish(0, from: 10, to: backend.sendAnswered)
      },
    ]

  static func answer(_ backend: FakeNetback, _ id: UInt16, _ status: Int16 = 0) {
    let before = backend.sendAnswered
    backend.putSent(id, status)
    backend.publish(0, from: before, to: backend.sendAnswered)
  }

  /// Answers to what is not under way.
  private static let unknown: [NetbackTrick] =
    ([0x0001, 0x0100, 0x0200, 0x8000, 0x00ff, 0x0080, 0x0040, 0xffff] as [UInt16]).map { bits in
      NetbackTrick("an answer whose number differs in bits \(bits)", fault: .unknownResponse) {
        answer($0, $0.held[0].ids[0] ^ bits)
      }
    } + [
      NetbackTrick("an answer with the number 0", fault: .unknownResponse) { answer($0, 0) },
      NetbackTrick("an answer twice", fault: .unknownResponse) { backend in
        for _ in 0..<2 { answer(backend, backend.held[0].ids[0]) }
      },
      NetbackTrick("an error after the answer", fault: .unknownResponse) { backend in
        for status: Int16 in [0, -1] { answer(backend, backend.held[1].ids[1], status) }
      },
      NetbackTrick("an answer again after it was taken", fault: .unknownResponse) { backend in
        for _ in 0..<2 {
          answer(backend, backend.held[1].ids[0])
          backend.wakeNow()
        }
      },
      NetbackTrick("the answer to no request twice", fault: .unknownResponse) { backend in
        for _ in 0..<2 { answer(backend, 0, 1) }
      },
      NetbackTrick("the answer to no request for one", fault: .unknownResponse) { backend in
        answer(backend, 0, 1)
        answer(backend, backend.held[0].ids[0], 1)
      },
      NetbackTrick("an empty slot", fault: .unknownResponse) { backend in
        backend.slot(0, 10)?.initializeMemory(as: UInt8.self, repeating: 0, count: 12)
        backend.setIndex(0, 8, 11)
      },
      NetbackTrick("a slot full of ones", fault: .unknownResponse) { backend in
        backend.slot(0, 10)?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 12)
        backend.setIndex(0, 8, 11)
      },
      NetbackTrick("the request itself", fault: .unknownResponse) { $0.setIndex(0, 8, 11) },
    ]

  /// Frames in other buffers than those whose turn it is.
  private static let buffers: [NetbackTrick] =
    ([1, 2, 0x80, 0x100, 0x8000, 0xffff] as [UInt16]).map { bits in
      NetbackTrick("a buffer whose number differs in bits \(bits)", fault: .wrongBuffer) {
        $0.putReceived(sample(60), id: UInt16(truncatingIfNeeded: $0.receiveTaken) ^ bits)
        $0.publishReceived()
      }
    } + [
      NetbackTrick("a later buffer whose number is wrong", fault: .wrongBuffer) {
        $0.putReceived(sample(60), flags: 4)
        $0.putReceived(sample(60), id: 7)
        $0.publishReceived()
      },
      NetbackTrick("something added where a buffer should be", fault: .wrongBuffer, received: 1) {
        $0.putReceived(sample(60), flags: 8)
        for _ in 0..<2 { $0.putExtra([4, 0, 0, 0, 0, 0, 0, 0]) }
        $0.publishReceived()
      },
      NetbackTrick("two frames of which the second is the first", fault: .wrongBuffer, received: 1)
      {
        let id = UInt16($0.receiveTaken)
        for _ in 0..<2 { $0.putReceived(sample(60), id: id) }
        $0.publishReceived()
      },
    ]

  static func sample(_ count: Int) -> [UInt8] { NetFrame.sample(count).bytes }

  static func frame(
    _ name: String, rejected: UInt64 = 1, received: Int = 0,
    _ put: @escaping @Sendable (FakeNetback) -> Void
  ) -> NetbackTrick {
    NetbackTrick(name, rejected: rejected, received: received) { backend in
      put(backend)
      backend.publishReceived()
    }
  }

  /// What one slot says.
  private static let slots: [NetbackTrick] =
    ([-1, -2, -32768, 32767, 4097, 0, 1, 13] as [Int16]).map { status in
      frame("status \(status)") { $0.putReceived(sample(60), status: status) }
    }
    + [
      (1, 4096), (4083, 14), (4096, 14), (4097, 0), (4097, 14), (0xffff, 14), (0xf000, 0x1000),
      (0x8000, 60), (0xffff, 32767), (4096, 0), (100, -1),
    ].map { (offset: UInt16, status: Int16) in
      frame("status \(status) at \(offset)") {
        $0.putReceived(sample(4096), offset: offset, status: status)
      }
    }
    + [(0, 14), (4082, 14), (2048, 2048), (1, 4095)].map { (offset: UInt16, status: Int16) in
      frame("\(status) bytes at \(offset)", rejected: 0, received: 1) {
        $0.putReceived(sample(4096), offset: offset, status: status)
      }
    }
    + [
      frame("a prefix") { $0.putReceived(sample(60), flags: 16) },
      frame("flags that nobody knows", rejected: 0, received: 1) {
        $0.putReceived(sample(60), flags: 0xffe0)
      },
    ]
}
