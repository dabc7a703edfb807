// SPDX-License-Identifier: Apache-2.0

/// A note to write, padded to 4 bytes like Xen expects it.
struct TestNote: Sendable {
  var owner: [UInt8] = Array("Xen".utf8) + [0]
  /// What the header says; the owner's length unless said otherwise.
  var ownerSize: UInt32?
  var type: UInt32
  var descriptor: [UInt8]
  /// What the header says; the descriptor's length unless said otherwise.
  var descriptorSize: UInt32?

  static func pvhEntry(_ address: UInt64, size: Int = 4) -> TestNote {
    TestNote(type: 18, descriptor: littleEndian(address, size))
  }

  static func string(_ type: UInt32, _ text: String) -> TestNote {
    TestNote(type: type, descriptor: Array(text.utf8) + [0])
  }

  static var buildID: TestNote {
    TestNote(owner: Array("GNU".utf8) + [0], type: 3, descriptor: [1, 2, 3, 4, 5])
  }

  var bytes: [UInt8] {
    let sizes = [
      ownerSize ?? UInt32(owner.count), descriptorSize ?? UInt32(descriptor.count), type,
    ]
    return sizes.flatMap { littleEndian(UInt64($0), 4) } + padded(owner) + padded(descriptor)
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
  }
}

/// The lowest `count` bytes of a number, and zeros beyond its eighth.
func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) : 0 }
}
