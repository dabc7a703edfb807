// SPDX-License-Identifier: Apache-2.0

/// The handlers of a guest of PVHKit, found in its code before it has told the CPU of them: one near call for
/// each exception, all to the same place. Source: `exception_stubs` in `guest-runtime/Sources/GuestBoot/exceptions.S`.
struct ExceptionStubs {
  private static let count = 32
  private static let size = 5
  /// Bytes from address zero on in which they are searched for: boot code lies low.
  private static let limit = 4 << 20
  private static let call: UInt8 = 0xe8

  private let start: Int

  /// Searches a guest's memory; nil if there are none.
  init?<Machine: DebuggedMachine>(in machine: Machine) {
    let length = Self.count * Self.size
    var window: [UInt8] = []
    // Page zero belongs to nobody.
    for page in stride(from: 4096, to: Self.limit, by: 4096) {
      guard let bytes = machine.read(physical: UInt64(page), count: 4096) else { return nil }
      window = window.suffix(length - 1) + bytes
      let origin = page + 4096 - window.count
      if let place = Self.place(in: window, length) {
        start = origin + place
        return
      }
    }
    return nil
  }

  /// The first instruction of the handler of an exception.
  subscript(vector: Int) -> UInt64 { UInt64(start + vector * Self.size) }

  private static func place(in bytes: [UInt8], _ length: Int) -> Int? {
    guard bytes.count >= length else { return nil }
    return (0...bytes.count - length).first { place in
      guard bytes[place] == call, bytes[place + size] == call else { return false }
      let target = target(of: place, in: bytes)
      return (1..<count).allSatisfy { index in
        let stub = place + index * size
        return bytes[stub] == call && self.target(of: stub, in: bytes) == target
      }
    }
  }

  /// Where a call leads, counted from the first byte.
  private static func target(of place: Int, in bytes: [UInt8]) -> Int {
    let distance = bytes[place + 1...place + 4].reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    return place + size + Int(Int32(bitPattern: distance))
  }
}
