// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenBlock
import XenDevices

/// Something that a backend does wrong while a read and a long write are under way: the 11th and the 12th
/// request of the ring.
struct BlkbackTrick: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// What the driver finds; nil if it goes on.
  let fault: BlockFault?
  let act: @Sendable (FakeBlkback) -> Void

  init(_ name: String, _ fault: BlockFault?, _ act: @escaping @Sendable (FakeBlkback) -> Void) {
    (testDescription, self.fault, self.act) = (name, fault, act)
  }

  static let all = indices + unknown + operations + harmless

  /// Where the responses end, as the backend says.
  private static let indices: [BlkbackTrick] =
    [
      UInt32(13), 14, 42, 43, 267, 0xffff, 0x7fff_ffff, 0x8000_0000, 0x8000_0009, 0x8000_000b,
      0xffff_ffff, 9, 8, 0,
    ].map { end in
      BlkbackTrick("responses end at \(end)", .indices) { $0.setIndex(8, end) }
    } + [
      BlkbackTrick("responses go back after one was taken", .indices) { backend in
        answer(backend, backend.held[0].id, 0)
        backend.wakeNow()
        backend.setIndex(8, 10)
      },
      BlkbackTrick("responses go far back after one was taken", .indices) { backend in
        answer(backend, backend.held[0].id, 0)
        backend.wakeNow()
        backend.setIndex(8, 0)
      },
      BlkbackTrick("a third response to two requests", .indices) { backend in
        for request in backend.held { answer(backend, request.id, request.operation) }
        answer(backend, backend.held[0].id, 0)
      },
    ]

  /// Responses to what is not under way.
  private static let unknown: [BlkbackTrick] = [
    BlkbackTrick("a response with the number 0", .unknownResponse) { answer($0, 0, 0) },
    BlkbackTrick("a response with the greatest number", .unknownResponse) { answer($0, .max, 0) },
    BlkbackTrick("a response to an earlier request", .unknownResponse) {
      answer($0, $0.log[3].id, 0)
    },
    BlkbackTrick("a response to the request before at the same place", .unknownResponse) {
      answer($0, $0.held[0].id - 256, 0)
    },
    BlkbackTrick("a response to the next request", .unknownResponse) {
      answer($0, $0.held[1].id + 256, 1)
    },
    BlkbackTrick("a response to a place that is free", .unknownResponse) {
      answer($0, $0.held[0].id & ~255 | 17, 0)
    },
    BlkbackTrick("a response to a place that is not there", .unknownResponse) {
      answer($0, $0.held[0].id & ~255 | 32, 0)
    },
    BlkbackTrick("a response to the last place that a number can name", .unknownResponse) {
      answer($0, $0.held[0].id | 255, 0)
    },
    BlkbackTrick("a response with the highest bit of its number set", .unknownResponse) {
      answer($0, $0.held[0].id | 1 << 63, 0)
    },
    BlkbackTrick("a response with bit 32 of its number set", .unknownResponse) {
      answer($0, $0.held[0].id | 1 << 32, 0)
    },
    BlkbackTrick("a response with half of its number", .unknownResponse) {
      answer($0, $0.held[0].id << 32, 0)
    },
    BlkbackTrick("a response twice", .unknownResponse) { backend in
      for _ in 0..<2 { answer(backend, backend.held[0].id, 0) }
    },
    BlkbackTrick("a response again after it was taken", .unknownResponse) { backend in
      answer(backend, backend.held[0].id, 0)
      backend.wakeNow()
      answer(backend, backend.held[0].id, 0)
    },
    BlkbackTrick("an empty slot", .unknownResponse) { backend in
      backend.slot(10)?.initializeMemory(as: UInt8.self, repeating: 0, count: 112)
      backend.setIndex(8, 11)
    },
    BlkbackTrick("a slot full of ones", .unknownResponse) { backend in
      backend.slot(10)?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 112)
      backend.setIndex(8, 11)
    },
    BlkbackTrick("the request itself", .unknownResponse) { backend in
      // Its number is where a response has other things.
      backend.setIndex(8, 11)
    },
  ]

  /// Responses to other operations: of the read, and of the write, whose pages are in a list.
  private static let operations: [BlkbackTrick] =
    ([1, 2, 3, 4, 5, 6, 7, 0x80, 0xff] as [UInt8]).map { operation in
      BlkbackTrick("operation \(operation) for a read", .wrongOperation) {
        answer($0, $0.held[0].id, operation)
      }
    }
    + ([0, 2, 3, 4, 5, 7, 0x81, 0xff] as [UInt8]).map { operation in
      BlkbackTrick("operation \(operation) for a long write", .wrongOperation) {
        answer($0, $0.held[1].id, operation)
      }
    }

  /// What harms nobody.
  private static let harmless: [BlkbackTrick] =
    ([1, 2, 7, 0x7fff, -1, -3, -4, -32768] as [Int16]).map { status in
      BlkbackTrick("status \(status)", nil) { answer($0, $0.held[0].id, 0, status) }
    }
    + ([0, 10, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32]).flatMap { value in
      [
        BlkbackTrick("it wants to be told of request \(value)", nil) { $0.setIndex(4, value) },
        BlkbackTrick("it writes \(value) over the requests' index", nil) { $0.setIndex(0, value) },
        BlkbackTrick("it writes \(value) over the index of our wish", nil) {
          $0.setIndex(12, value)
        },
      ]
    } + [
      BlkbackTrick("it writes over the requests", nil) { backend in
        for number: UInt32 in 0..<32 where number != 10 && number != 11 {
          backend.slot(number)?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 112)
        }
      },
      BlkbackTrick("it writes over the list of pages", nil) { backend in
        guard let list = backend.held[1].list else { return }
        let page = backend.xen.map(list, as: 0)
        page?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 4096)
        backend.xen.unmap(list)
      },
      BlkbackTrick("it writes over what it is to write", nil) { backend in
        for page in backend.held[1].pages {
          page.initializeMemory(as: UInt8.self, repeating: 0xff, count: 4096)
        }
      },
      BlkbackTrick("the carrier's operation for a long write", nil) {
        answer($0, $0.held[1].id, 6)
      },
      BlkbackTrick("events without end that bring nothing", nil) { backend in
        for _ in 0..<10_000 { backend.wakeNow() }
      },
      BlkbackTrick("nothing at all", nil) { _ in },
    ]

  private static func answer(
    _ backend: FakeBlkback, _ id: UInt64, _ operation: UInt8, _ status: Int16 = 0
  ) {
    let before = backend.index(8)
    backend.put(BlkResponse(id: id, operation: operation, status: status))
    backend.publish(from: before)
  }
}
